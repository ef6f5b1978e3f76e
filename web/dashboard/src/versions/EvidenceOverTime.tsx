// How the evidence of harm grew, minute by minute, and how much of the planned sample is there.
import { useState } from "preact/hooks";
import type { Evidence, MetricCourse } from "../model";
import { about, count, percent } from "../words";
import { EvidenceChart } from "./EvidenceChart";
import { nameOf } from "./differences";

export function EvidenceOverTime({ evidence }: { evidence: Evidence }) {
  const [chosen, setChosen] = useState("");
  const known = evidence.metrics.filter((one) => (one.canary_sessions.at(-1) ?? 0) > 0);
  const course = known.find((one) => one.name === chosen) ?? strongest(known);
  if (course === undefined) return null;
  const name = nameOf(course.name);
  return (
    <section class="metric evidence">
      <div class="head">
        <h2>Evidence over time</h2>
        <label class="choice">
          evidence of{" "}
          <select value={course.name} onChange={(event) => setChosen(event.currentTarget.value)}>
            {known.map((one) => (
              <option key={one.name} value={one.name}>
                {nameOf(one.name)}
              </option>
            ))}
          </select>
        </label>
        <Sample course={course} />
      </div>
      <EvidenceChart evidence={evidence} course={course} label={`Harm in ${name}: evidence over time`} />
      <p class="quiet">
        How strong the evidence of harm is, every {evidence.every_minutes > 1 ? `${evidence.every_minutes} minutes` : "minute"}, as ln E: 0 is none, and 2.3 more is ten
        times as strong. What reaches a dashed line is enough to pause or to roll back; upright lines are stages and deployments.
      </p>
    </section>
  );
}

/** The metric that is nearest to a rollback, or furthest beyond it. */
const strongest = (courses: MetricCourse[]): MetricCourse | undefined =>
  [...courses].sort((left, right) => reached(right) - reached(left))[0];

const reached = (course: MetricCourse): number => Math.max(...course.log_e) / course.log_e_to_roll_back;

function Sample({ course }: { course: MetricCourse }) {
  const soFar = course.canary_sessions.at(-1) ?? 0;
  const needed = course.needed_sessions;
  if (needed === null) return <span class="quiet">{count(soFar)} canary sessions so far</span>;
  return (
    <span class="sample">
      <progress max={1} value={Math.min(1, soFar / needed)} aria-label="sample so far" />
      <span class="quiet">
        {count(soFar)} of {about(needed)} canary sessions ({percent(soFar / needed)})
      </span>
    </span>
  );
}
