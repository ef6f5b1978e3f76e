// Versions beside each other as interval bars on a common scale that starts at zero, to compare by eye.
import type { Figure, Metric, VersionFigures } from "../model";
import { count, withInterval } from "../words";

const WIDTH = 220;
const ROW = 20;

/** The figure that stands for a metric: p75 for vitals (as Google's thresholds are meant), the ratio otherwise. */
export const headline = (version: VersionFigures): Figure | null => version.p75 ?? version.ratio;

export function scaleEnd(versions: VersionFigures[]): number {
  const ends = versions.map((version) => headline(version)?.high ?? headline(version)?.value ?? 0);
  return Math.max(...ends, 0) * 1.05 || 1;
}

interface BarsProps {
  metric: Metric;
  colours: Record<string, string>;
  width?: number;
}

export function IntervalBars({ metric, colours, width = WIDTH }: BarsProps) {
  const end = scaleEnd(metric.versions);
  return (
    <div class="bars">
      {metric.versions.map((version) => (
        <div class="bar" key={version.service_version}>
          <Bar
            figure={headline(version)}
            end={end}
            colour={colours[version.service_version] ?? "a"}
            enough={version.is_enough}
            width={width}
          />
          <span class={version.is_enough ? "figure" : "figure thin"}>
            {withInterval(headline(version), metric.unit)}, n {count(version.n)}
            {!version.is_enough && version.n > 0 ? `, ${count(version.needed)} sessions needed` : ""}
          </span>
        </div>
      ))}
    </div>
  );
}

interface BarProps {
  figure: Figure | null;
  end: number;
  colour: string;
  enough: boolean;
  width: number;
}

function Bar({ figure, end, colour, enough, width }: BarProps) {
  const x = (value: number) => Math.max(0, Math.min(1, value / end)) * (width - 8) + 4;
  return (
    <svg class={`interval ${colour} ${enough ? "" : "thin"}`} width={width} height={ROW} aria-hidden="true">
      <path d={`M4 ${ROW - 2}H${width - 4}M4 2V${ROW - 2}`} class="axis" />
      {figure?.value == null ? (
        <rect x={4} y={5} width={width - 8} height={9} class="nothing" />
      ) : (
        <g>
          {figure.low !== null && figure.high !== null ? (
            <rect x={x(figure.low)} y={6} width={Math.max(2, x(figure.high) - x(figure.low))} height={7} class="range" />
          ) : null}
          <path d={`M${x(figure.value)} 3V${ROW - 4}`} class="mark" />
        </g>
      )}
    </svg>
  );
}
