// One metric by route, device, browser or country: where it differs, and a warning where the totals say the opposite.
import { useState } from "preact/hooks";
import type { DrillDown as Drilled, SegmentDifference } from "../model";
import { askDrillDown } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { amount, count, percent } from "../words";
import { Axis, axisEnd, change, nameOf, withBounds } from "./differences";

const DIMENSIONS: [string, string][] = [
  ["route", "route"],
  ["device_type", "device"],
  ["browser_name", "browser"],
  ["geo_country_iso_code", "country"],
];
// More than a person can compare; the command and the API have the rest.
const MOST_SHOWN = 12;

export function DrillDown({ app, versions, metric, minute }: { app: string; versions: string[]; metric: string; minute: number }) {
  const [by, setBy] = useState("route");
  const answer = useAnswer<Drilled | null>(() => askDrillDown(app, versions, metric, by), [app, versions.join(), metric, by, minute]);
  const drilled = answer.value?.by === by && answer.value.metric === metric ? answer.value : null;
  return (
    <div class="drill-down" role="region" aria-label={`${nameOf(metric)} by segment`}>
      <div class="by" role="group" aria-label="by">
        {DIMENSIONS.map(([name, label]) => (
          <button type="button" key={name} aria-pressed={by === name} onClick={() => setBy(name)}>
            {label}
          </button>
        ))}
      </div>
      {drilled !== null ? <Segments drilled={drilled} /> : <p class="quiet">{answer.lostAt === null ? "Reading …" : answer.reason}</p>}
    </div>
  );
}

function Segments({ drilled }: { drilled: Drilled }) {
  const shown = drilled.segments.slice(0, MOST_SHOWN);
  const more = drilled.segments.length - shown.length + drilled.more_segments;
  const rows = shown.map((one) => ({ ...one, is_lower_harm: drilled.is_lower_harm, margin: drilled.margin }));
  const end = axisEnd(rows);
  if (shown.length === 0) return <p class="quiet">No session has this metric yet.</p>;
  return (
    <>
      {drilled.warning !== null ? <p class="warning">{drilled.warning}</p> : null}
      {rows.map((row) => (
        <div class="difference" key={row.segment}>
          <span class="name">
            {row.segment}
            {row.segment === drilled.worst ? <strong> most harm</strong> : null}
          </span>
          <Axis shown={row} end={end} tone={toneOf(row, drilled)} />
          <span class="figure">{figure(row, drilled)}</span>
        </div>
      ))}
      <p class="quiet">
        Like with like {change(drilled.difference_ratio)}, plain totals {change(drilled.pooled_difference_ratio)}.
        {more > 0 ? ` ${count(more)} more with fewer sessions.` : ""} Each row stands for itself: of twenty, one may lie beside the truth.
      </p>
    </>
  );
}

function toneOf(row: SegmentDifference, drilled: Drilled): string {
  if (!row.is_apart || row.canary_value === null || row.baseline_value === null) return "";
  return row.canary_value < row.baseline_value === drilled.is_lower_harm ? "worse" : "fine";
}

function figure(row: SegmentDifference & { margin: number; is_lower_harm: boolean }, drilled: Drilled): string {
  const sessions = `${count(row.canary_sessions)} and ${count(row.baseline_sessions)} sessions`;
  if (row.canary_value === null || row.baseline_value === null) return `no data of both; ${sessions}`;
  const values = `${valueOf(row.canary_value, drilled)} against ${valueOf(row.baseline_value, drilled)}`;
  return row.difference_ratio === null ? `${values}; ${sessions}` : `${withBounds(row)}; ${values}; ${sessions}`;
}

function valueOf(value: number, drilled: Drilled): string {
  if (drilled.kind !== "latency") return percent(value, value < 0.1 ? 2 : 1);
  return drilled.metric === "vital:cls" ? amount(value / 1000, "score") : amount(value, "ms");
}
