// A chart on uPlot: a line and a band per version, deployments as dashed lines. Colours come from the style sheet.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Mark, SeriesRow } from "../model";
import { amount } from "../words";
import { drawMoment, ink, plainAxis, timeAxis, timeRange } from "./drawing";

interface Figure {
  unit: "ms" | "score" | "ratio";
  value: string;
  low: string;
  high: string;
  label: string;
}

interface ChartProps {
  rows: SeriesRow[];
  versions: string[];
  colours: Record<string, string>;
  figure: Figure;
  /** Seconds from one point to the next. */
  everyS: number;
  /** Changes of flags; deployments stand in the rows. */
  switched: Mark[];
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { rows, versions, figure, switched } = props;
  useEffect(() => {
    const box = place.current;
    if (box === null) return undefined;
    const plot = draw(box, props);
    const sizing = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    sizing.observe(box);
    return () => {
      sizing.disconnect();
      plot.destroy();
    };
  }, [rows, versions.join(), figure.value, switched]);
  return <div ref={place} class="chart" role="img" aria-label={`${figure.label} of ${versions.join(" and ")} over time`} />;
}

const HEIGHT = 240;

function draw(box: HTMLElement, { rows, versions, colours, figure, everyS, switched }: ChartProps): uPlot {
  const times = [...new Set(rows.map((row) => Date.parse(row.starts_at) / 1000))].sort((left, right) => left - right);
  const at = (version: string, key: string) => {
    const found = new Map(rows.filter((row) => row.service_version === version).map((row) => [Date.parse(row.starts_at) / 1000, row[key]]));
    return times.map((time) => {
      const value = found.get(time);
      return typeof value === "number" ? value : null; // a span without data is a gap, never zero
    });
  };
  const inkOf = (version: string) => ink(`--${colours[version] ?? "a"}`);
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const data: (number | null)[][] = [];
  for (const version of versions) {
    const first = series.length;
    series.push(
      { label: version, stroke: inkOf(version), width: 2, points: { size: 5 }, value: (_, value) => amount(value, figure.unit) },
      { label: `${version} to`, stroke: "transparent", points: { show: false } },
      { label: `${version} from`, stroke: "transparent", points: { show: false } },
    );
    data.push(at(version, figure.value), at(version, figure.high), at(version, figure.low));
    bands.push({ series: [first + 1, first + 2], fill: `color-mix(in srgb, ${inkOf(version)} 18%, transparent)` });
  }
  const deployed = rows.filter((row) => row.deployed_at).map((row) => ({ at: Date.parse(row.deployed_at!) / 1000, version: row.service_version }));
  const marks = (plot: uPlot) => {
    for (const one of deployed) drawMoment(plot, one.at, one.version, inkOf(one.version));
    for (const one of switched) drawMoment(plot, Date.parse(one.at) / 1000, one.name, ink("--quiet"), 1);
  };
  return new uPlot(
    {
      width: Math.max(box.clientWidth, 200),
      height: HEIGHT,
      series,
      bands,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { range: timeRange(everyS) }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) > 0 ? (high ?? 1) * 1.1 : 1] } },
      axes: [timeAxis(), { ...plainAxis(), size: 64, values: (_, ticks) => ticks.map((tick) => amount(tick, figure.unit, Math.max(...ticks))) }],
      hooks: { draw: [marks] },
    },
    [times, ...data],
    box,
  );
}
