// A vital's whole distribution for each version on one log scale, with quantile marks: a number alone hides its tail.
import type { Metric, VersionFigures } from "../model";
import { amount, count, withInterval } from "../words";

const WIDTH = 640;
const ROW = 64;
// Room for a mark's label at either end.
const MARGIN = { left: 72, right: 72 };
const WORD = 66;

export function Distribution({ metric, colours }: { metric: Metric; colours: Record<string, string> }) {
  const bins = metric.versions.flatMap((version) => version.bins);
  if (bins.length === 0) return <p class="quiet">no data</p>;
  const lowest = Math.min(...bins.map(([low]) => low).filter((low) => low > 0), Infinity);
  const highest = Math.max(...bins.map(([, high]) => high));
  const from = Math.log(Number.isFinite(lowest) ? lowest : 0.001);
  const span = Math.max(0.01, Math.log(highest) - from);
  const x = (value: number) =>
    MARGIN.left + (Math.max(0, Math.log(Math.max(value, Math.exp(from))) - from) / span) * (WIDTH - MARGIN.left - MARGIN.right);
  return (
    <div class="distribution">
      <svg viewBox={`0 0 ${WIDTH} ${ROW * metric.versions.length + 18}`} role="img" aria-label={describe(metric)}>
        {metric.versions.map((version, row) => (
          <Row key={version.service_version} version={version} metric={metric} top={row * ROW} x={x} colour={colours[version.service_version] ?? "a"} />
        ))}
        <Axis from={Math.exp(from)} to={highest} top={ROW * metric.versions.length} x={x} unit={metric.unit} />
      </svg>
      <div class="scroll" tabIndex={0} role="group" aria-label={`${metric.label} in words`}>
        <Table metric={metric} />
      </div>
    </div>
  );
}

interface RowProps {
  version: VersionFigures;
  metric: Metric;
  top: number;
  x: (value: number) => number;
  colour: string;
}

function Row({ version, metric, top, x, colour }: RowProps) {
  const tallest = Math.max(...version.bins.map(([, , n]) => n), 1);
  const base = top + ROW - 10;
  return (
    <g class={`${colour} ${version.is_enough ? "" : "thin"}`}>
      {version.bins.map(([low, high, n]) => (
        <rect key={low} class="range" x={x(low)} width={Math.max(1, x(high) - x(low) - 0.5)} y={base - (n / tallest) * (ROW - 24)} height={(n / tallest) * (ROW - 24)} />
      ))}
      <path d={`M4 ${base}H${WIDTH - 4}`} class="axis" />
      {(["p50", "p75", "p95"] as const).map((name) => {
        const value = version[name]?.value;
        if (value == null) return null;
        // If p95 is close to p75, its label is one line lower.
        const isCrowded = name === "p95" && x(value) - x(version.p75?.value ?? 0) < WORD;
        return (
          <g key={name}>
            <path d={`M${x(value)} ${top + 10}V${base + 3}`} class="mark" />
            {/* the median's label is left of its mark, so that close quantiles stay readable */}
            <text x={x(value) + (name === "p50" ? -3 : 3)} y={top + (isCrowded ? 21 : 10)} text-anchor={name === "p50" ? "end" : "start"}>
              {`${name} ${amount(value, metric.unit)}`}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Axis({ from, to, top, x, unit }: { from: number; to: number; top: number; x: (v: number) => number; unit: Metric["unit"] }) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++)
    for (const step of [1, 2, 5]) {
      const value = step * 10 ** power;
      if (value >= from && value <= to) ticks.push(value);
    }
  return (
    <g class="ticks">
      {ticks.map((value) => (
        <text key={value} x={x(value)} y={top + 12}>
          {amount(value, unit)}
        </text>
      ))}
    </g>
  );
}

/** On a phone, breaks only before the interval. */
const inTwoLines = (figure: string): string => figure.replace(/ (?!\()/g, "\u00a0");

function Table({ metric }: { metric: Metric }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">version</th>
          <th scope="col">p50</th>
          <th scope="col">p75</th>
          <th scope="col">p95</th>
          <th scope="col">n</th>
        </tr>
      </thead>
      <tbody>
        {metric.versions.map((version) => (
          <tr key={version.service_version} class={version.is_enough ? "" : "thin"}>
            <th scope="row">{version.service_version}</th>
            <td>{inTwoLines(withInterval(version.p50, metric.unit))}</td>
            <td>{inTwoLines(withInterval(version.p75, metric.unit))}</td>
            <td>{inTwoLines(withInterval(version.p95, metric.unit))}</td>
            <td>
              {count(version.n)}
              {version.is_enough ? "" : `, ${count(version.needed)} sessions needed`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const describe = (metric: Metric): string =>
  metric.versions.map((v) => `${metric.label} of ${v.service_version}: p75 ${withInterval(v.p75, metric.unit)}, n ${v.n}`).join("; ");
