// One journey: step timings per version, and its failures with screenshots.
import type { JourneyDetail, StepFigures } from "../model";
import { askJourney } from "../server";
import { AnswerState, Empty } from "../shared/Page";
import { RunNow } from "../shared/RunNow";
import { StatusWord, Strip } from "../shared/Strip";
import { useAnswer } from "../shared/useAnswer";
import { at, count, duration } from "../words";

const WIDTH = 320;

export function JourneyView({ parameters, clock, turn }: { parameters: URLSearchParams; clock: number; turn: number }) {
  const app = parameters.get("app") ?? "";
  const name = parameters.get("name") ?? "";
  const answer = useAnswer<JourneyDetail>(() => askJourney(app, name), [app, name, turn]);
  const detail = answer.value;
  return (
    <main class="journey">
      <h1>
        <span class="quiet">{app}</span> {name}
      </h1>
      <AnswerState answer={answer} what="runs" clock={clock} />
      <div class="lines">
      {detail?.monitors.map((monitor) => (
        <div class="line" key={`${monitor.cohort}/${monitor.location}`}>
          <StatusWord status={monitor.status} />
          <span class="name">{monitor.cohort ?? "as anyone"}</span>
          <Strip runs={monitor.runs} now={clock} />
          <RunNow wanted={monitor} latest={monitor.last_at} />
        </div>
      ))}
      </div>
      {detail?.steps && detail.steps.length > 0 ? <Steps steps={detail.steps} /> : null}
      {detail && detail.steps === null ? <p class="quiet">No step timings: the store service does not answer.</p> : null}
      {detail && isUnknown(detail) ? (
        <Empty title={`Nothing named ${name} has run in ${app}`}>
          <p>Its name or its app may have changed. What is scheduled:</p>
          <pre>leadline status</pre>
        </Empty>
      ) : null}
      {detail?.steps?.length === 0 && !isUnknown(detail) ? (
        <Empty title="No step has been timed yet">
          <p>
            A journey's parts are timed with <code>async with run.step("home"):</code>
          </p>
        </Empty>
      ) : null}
      {detail && !isUnknown(detail) ? <Failures detail={detail} clock={clock} /> : null}
    </main>
  );
}

const isUnknown = (detail: JourneyDetail): boolean => detail.monitors.length === 0 && detail.failures.length === 0;

function Steps({ steps }: { steps: StepFigures[] }) {
  const end = Math.max(...steps.map((step) => Math.max(step.slowest_ms ?? 0, step.budget_ms ?? 0)), 1);
  const versions = [...new Set(steps.map((step) => step.service_version))];
  const colour = (step: StepFigures) => "abcd"[versions.indexOf(step.service_version) % 4] ?? "a";
  const x = (ms: number) => (ms / end) * (WIDTH - 4) + 2;
  return (
    <section>
      <h2>Steps per version</h2>
      {/* Wider than a phone: scrolls by itself, by keyboard too */}
      <div class="scroll" tabIndex={0} role="group" aria-label="Steps per version">
      <table class="steps">
        <thead>
          <tr>
            <th scope="col">step</th>
            <th scope="col">version</th>
            <th scope="col" class="wide">fastest to slowest, median, p75, budget</th>
            <th scope="col">p75</th>
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={`${step.step}/${step.service_version}`}>
              <th scope="row">{step.step}</th>
              <td>{step.service_version ?? "not said"}</td>
              <td class="wide">
                <svg width={WIDTH} height={18} aria-hidden="true" class={`interval ${colour(step)}`}>
                  {step.fastest_ms !== null && step.slowest_ms !== null ? (
                    <path d={`M${x(step.fastest_ms)} 9H${x(step.slowest_ms)}`} class="axis" />
                  ) : null}
                  {step.p50_ms !== null && step.p75_ms !== null ? (
                    <rect x={x(step.p50_ms)} y={5} width={Math.max(2, x(step.p75_ms) - x(step.p50_ms))} height={8} class="range" />
                  ) : null}
                  {step.budget_ms !== null ? <path d={`M${x(step.budget_ms)} 1V17`} class="budget" /> : null}
                </svg>
              </td>
              <td>{duration(step.p75_ms)}</td>
              <td>{count(step.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      </div>
    </section>
  );
}

function Failures({ detail, clock }: { detail: JourneyDetail; clock: number }) {
  if (detail.failures.length === 0) return <p class="quiet">No failures.</p>;
  return (
    <section>
      <h2>Failures</h2>
      <ul class="failures">
        {detail.failures.map((run) => (
          <li key={run.run_id}>
            {run.screenshot ? (
              <a class="shot" href={run.screenshot}>
                <img src={run.screenshot} alt={`Screenshot at ${at(run.started_at, clock)}`} loading="lazy" />
              </a>
            ) : (
              <span class="shot none">no picture</span>
            )}
            <div>
              <p>
                <StatusWord status={run.status} /> {at(run.started_at, clock)} · {run.cohort ?? "as anyone"}
                {run.service_version ? ` · ${run.service_version}` : ""}
                {run.step ? ` · step ${run.step}` : ""}
              </p>
              <p class="error">{run.error_message ?? ""}</p>
              <p class="files">
                {run.trace ? <a href={run.trace}>Open the trace in Playwright's viewer</a> : null}
                {run.files.map((file) => (
                  <a key={file.kind} href={file.url}>
                    {file.kind}
                  </a>
                ))}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
