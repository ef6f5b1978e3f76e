// One figure of each version over time, with its interval and the deployments: what changed when.
import { useMemo, useState } from "preact/hooks";
import type { Comparison, Mark, SeriesRow } from "../model";
import { askMarks, askSeries } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { Chart } from "./Chart";
import { coloursOf, versionsOf } from "./Legend";

// As many points as can be told apart, and none shorter than the store keeps them.
const SPANS: Record<string, string> = { "1h": "5m", "6h": "15m", "24h": "1h", "7d": "6h" };
const SECONDS: Record<string, number> = { "5m": 300, "15m": 900, "1h": 3600, "6h": 21_600 };
const VITALS: [string, string, string][] = [
  ["lcp_p75", "LCP p75", "_ms"],
  ["inp_p75", "INP p75", "_ms"],
  ["cls_p75", "CLS p75", ""],
  ["fcp_p75", "FCP p75", "_ms"],
  ["ttfb_p75", "TTFB p75", "_ms"],
];

interface Shown {
  label: string;
  unit: "ms" | "score" | "ratio";
  value: string;
  low: string;
  high: string;
}

export function OverTime({ comparison, since, turn }: { comparison: Comparison; since: string; turn: number }) {
  const versions = versionsOf(comparison);
  const every = SPANS[since] ?? "1h";
  const answer = useAnswer<SeriesRow[]>(
    () => askSeries(comparison.app, versions, since, every),
    [comparison.app, versions.join(), since, Math.floor(turn / 20)],
  );
  const marks = useAnswer<Mark[]>(() => askMarks(comparison.app, since), [comparison.app, since, Math.floor(turn / 20)]).value;
  const switched = useMemo(() => (marks ?? []).filter((one) => one.kind === "flag"), [marks]);
  const [chosen, setChosen] = useState("");
  const rows = answer.value ?? [];
  const figures = figuresOf(rows);
  const figure = figures.find((one) => one.value === chosen) ?? figures[0];
  if (answer.lostAt !== null && rows.length === 0) return <p class="quiet">Over time: {answer.reason}</p>;
  if (figure === undefined || rows.length === 0) return null;
  const colours = coloursOf(comparison);
  return (
    <section class="metric over-time">
      <div class="head">
        <h2>Over time</h2>
        <label class="choice">
          figure{" "}
          <select value={figure.value} onChange={(event) => setChosen(event.currentTarget.value)}>
            {figures.map((one) => (
              <option key={one.value} value={one.value}>
                {one.label}
              </option>
            ))}
          </select>
        </label>
        <span class="quiet">per {every}; the band is the 95 % interval; a dashed line is a deployment or a change of a flag</span>
      </div>
      <Chart rows={rows} versions={versions} colours={colours} figure={figure} everyS={SECONDS[every] ?? 3600} switched={switched} />
    </section>
  );
}

/** The figures that the rows hold a value of: error share, KPIs, then vitals. */
function figuresOf(rows: SeriesRow[]): Shown[] {
  const kpis = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => /^kpi_.*_ratio$/.test(key) && !/_(low|high)_ratio$/.test(key));
  const all: Shown[] = [
    { label: "views with an error", unit: "ratio", value: "error_ratio", low: "error_low_ratio", high: "error_high_ratio" },
    ...kpis.map((key): Shown => {
      const name = key.slice(0, -"_ratio".length);
      return { label: name.slice("kpi_".length), unit: "ratio", value: key, low: `${name}_low_ratio`, high: `${name}_high_ratio` };
    }),
    ...VITALS.map(([name, label, unit]): Shown => ({
      label,
      unit: unit === "_ms" ? "ms" : "score",
      value: `${name}${unit}`,
      low: `${name}_low${unit}`,
      high: `${name}_high${unit}`,
    })),
  ];
  return all.filter((one) => rows.some((row) => typeof row[one.value] === "number"));
}
