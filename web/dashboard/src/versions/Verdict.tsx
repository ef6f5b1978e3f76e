// Top of the page of versions: whether this canary may go on, why, and for each metric the difference with its bounds.
import { useState } from "preact/hooks";
import type { Verdict, VerdictMetric } from "../model";
import { askVerdict } from "../server";
import { Waiting } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { about, at, count } from "../words";
import { DrillDown } from "./DrillDown";
import { EvidenceOverTime } from "./EvidenceOverTime";
import { Axis, axisEnd, nameOf, withBounds } from "./differences";
import { ORDERS, TONES } from "./orders";

const STATES: Record<VerdictMetric["state"], string> = {
  worse: "worse",
  suspect: "probably worse",
  fine: "not worse",
  unclear: "too early to say",
  no_data: "no data",
};

export function VerdictSection({ app, versions, clock }: { app: string; versions: string[]; clock: number }) {
  const minute = Math.floor(clock / 60_000); // a verdict changes once a minute
  const answer = useAnswer<Verdict>(() => askVerdict(app, versions), [app, versions.join(), minute]);
  const verdict = answer.value;
  const [opened, setOpened] = useState("");
  if (!verdict) return answer.lostAt === null ? <Waiting what="the verdict" /> : <p class="quiet">No verdict: {answer.reason}</p>;
  const shown = verdict.metrics.filter((metric) => metric.difference_ratio !== null);
  const end = axisEnd(shown);
  return (
    <section class={`verdict ${TONES[verdict.verdict]}`}>
      <h2>
        {ORDERS[verdict.verdict]} {verdict.service_version}
        <span class="quiet">
          {" "}
          compared with {verdict.baseline_version}, as of {at(verdict.decided_at, clock)}
          {verdict.stage ? `, stage ${verdict.stage}` : ""}
        </span>
      </h2>
      <p>{verdict.sentence}</p>
      <ul class="reasons">
        {verdict.reasons.slice(1).map((reason) => (
          <li key={reason.code}>{reason.text}</li>
        ))}
      </ul>
      {shown.length > 0 ? (
        <div class="differences">
          {shown.map((metric) => (
            <div key={metric.name}>
              <div class="difference">
                <button type="button" class="name" aria-expanded={opened === metric.name} onClick={() => setOpened(opened === metric.name ? "" : metric.name)}>
                  {nameOf(metric.name)}
                </button>
                <Axis shown={metric} end={end} tone={metric.state} />
                <span class="figure">{figure(metric)}</span>
              </div>
              {metric.warning !== null && !verdict.sentence.includes(metric.warning) ? <p class="warning">{metric.warning}</p> : null}
              {opened === metric.name ? <DrillDown app={app} versions={versions} metric={metric.name} minute={minute} /> : null}
            </div>
          ))}
          <p class="quiet">Harm is to the right of the line; the grey band is tolerated. Click a metric's name to see it by route, device, browser and country.</p>
        </div>
      ) : null}
      <EvidenceOverTime evidence={verdict.evidence} />
    </section>
  );
}

function figure(metric: VerdictMetric): string {
  const sample =
    metric.needed_sessions !== null && metric.canary_sessions < metric.needed_sessions
      ? `; ${count(metric.canary_sessions)} of ${about(metric.needed_sessions)} sessions`
      : "";
  return `${withBounds(metric)}, ${STATES[metric.state]}${sample}`;
}
