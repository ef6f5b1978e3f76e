// Opens the page of versions: may this canary go on, why, and per metric the difference with its bounds on one axis.
import type { Verdict, VerdictMetric } from "../model";
import { askVerdict } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { at, count } from "../words";

const ORDERS: Record<Verdict["verdict"], string> = {
  promote: "Promote",
  rollback: "Roll back",
  pause: "Pause",
  inconclusive: "Hold",
  no_data: "Hold",
};
const TONES: Record<Verdict["verdict"], string> = { promote: "good", rollback: "bad", pause: "bad", inconclusive: "unsure", no_data: "unsure" };
const STATES: Record<VerdictMetric["state"], string> = {
  worse: "worse",
  suspect: "probably worse",
  fine: "not worse",
  unclear: "too early to say",
  no_data: "no data",
};
const WIDTH = 240;
const HEIGHT = 22;
// A difference beyond the axis is drawn at its end; half as much again is already a matter of seconds, not of a scale.
const MOST_RATIO = 0.5;

export function VerdictSection({ app, versions, clock }: { app: string; versions: string[]; clock: number }) {
  const minute = Math.floor(clock / 60_000); // a verdict changes once a minute
  const answer = useAnswer<Verdict>(() => askVerdict(app, versions), [app, versions.join(), minute]);
  const verdict = answer.value;
  if (!verdict) return answer.lostAt === null ? null : <p class="quiet">No verdict: {answer.reason}</p>;
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
            <div class="difference" key={metric.name}>
              <span class="name">{nameOf(metric.name)}</span>
              <Axis metric={metric} end={end} />
              <span class="figure">
                {change(metric.difference_ratio)}
                {metric.low_ratio !== null && metric.high_ratio !== null ? ` (${change(metric.low_ratio)} to ${change(metric.high_ratio)})` : ""},{" "}
                {STATES[metric.state]}
                {metric.needed_sessions !== null && metric.canary_sessions < metric.needed_sessions
                  ? `; ${count(metric.canary_sessions)} of about ${count(metric.needed_sessions)} sessions`
                  : ""}
              </span>
            </div>
          ))}
          <p class="quiet">Harm is to the right of the line; the grey band beside it is tolerated.</p>
        </div>
      ) : null}
    </section>
  );
}

/** Harm to the right, whichever direction the metric counts in. */
const harm = (metric: VerdictMetric, ratio: number) => (metric.is_lower_harm ? -ratio : ratio);

function axisEnd(metrics: VerdictMetric[]): number {
  const ends = metrics.flatMap((metric) => [metric.low_ratio, metric.high_ratio, metric.margin]).map((ratio) => Math.abs(ratio ?? 0));
  return Math.min(MOST_RATIO, Math.max(0.05, ...ends));
}

function Axis({ metric, end }: { metric: VerdictMetric; end: number }) {
  const x = (ratio: number) => WIDTH / 2 + (Math.max(-1, Math.min(1, ratio / end)) * (WIDTH - 8)) / 2;
  const bounds = [metric.low_ratio, metric.high_ratio].map((ratio) => (ratio === null ? null : harm(metric, ratio)));
  const [low, high] = bounds[0] != null && bounds[1] != null ? [Math.min(bounds[0], bounds[1]), Math.max(bounds[0], bounds[1])] : [null, null];
  return (
    <svg class={`interval ${metric.state}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      {metric.margin !== null ? <rect x={x(0)} y={2} width={x(metric.margin) - x(0)} height={HEIGHT - 4} class="tolerated" /> : null}
      <path d={`M4 ${HEIGHT / 2}H${WIDTH - 4}M${x(0)} 1V${HEIGHT - 1}`} class="axis" />
      {low !== null && high !== null ? <rect x={x(low)} y={7} width={Math.max(2, x(high) - x(low))} height={8} class="range" /> : null}
      {metric.difference_ratio !== null ? <path d={`M${x(harm(metric, metric.difference_ratio))} 4V${HEIGHT - 4}`} class="mark" /> : null}
    </svg>
  );
}

const nameOf = (name: string) => name.replace(/^(kpi|vital):/, "").replace("requests:", "requests ");

function change(ratio: number | null): string {
  if (ratio === null) return "no data";
  const points = ratio * 100;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(Math.abs(points) >= 100 ? 0 : 1)} %`;
}
