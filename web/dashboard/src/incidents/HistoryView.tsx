// The course of one incident: how long each part took, its timeline with notes, its findings, and who was paged.
import { useState } from "preact/hooks";
import type { History } from "../model";
import { linkTo } from "../route";
import { acknowledge, askHistory, silenceMonitor } from "../server";
import { AnswerState } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { at, span } from "../words";
import { Timeline } from "./Timeline";

export function HistoryView({ parameters, clock, turn }: { parameters: URLSearchParams; clock: number; turn: number }) {
  const id = parameters.get("id") ?? "";
  const answer = useAnswer<History>(() => askHistory(id), [id, turn]);
  const [problem, setProblem] = useState("");
  const history = answer.value;
  const act = (doing: Promise<unknown>) => {
    doing.then(
      () => {
        setProblem("");
        answer.again();
      },
      (error: Error) => setProblem(error.message),
    );
  };
  if (history === null) {
    return (
      <main class="incidents">
        <h1>Incident</h1>
        {answer.lostAt !== null ? <p class="error">{answer.reason}</p> : null}
      </main>
    );
  }
  const incident = history.incident;
  return (
    <main class="incidents">
      <p>
        <a href={linkTo("incidents")}>← All incidents</a>
      </p>
      <h1>{incident.title}</h1>
      <AnswerState answer={answer} what="the incident" clock={clock} />
      <p class="quiet">
        {[incident.app, `${incident.subject_kind} ${incident.subject}`, incident.severity, incident.state].filter(Boolean).join(" · ")}
        <Subject incident={incident} />
      </p>
      <dl class="spans">
        <div>
          <dt>Time to detect</dt>
          <dd>{span(incident.detect_s)}</dd>
        </div>
        <div>
          <dt>Time to acknowledge</dt>
          <dd>{incident.acknowledge_s === null && incident.state === "resolved" ? "nobody did" : span(incident.acknowledge_s)}</dd>
        </div>
        <div>
          <dt>Time to resolve</dt>
          <dd>{span(incident.resolve_s)}</dd>
        </div>
      </dl>
      {incident.state === "resolved" ? null : (
        <p class="act">
          {incident.acknowledged_by ? (
            <span class="taken">{incident.acknowledged_by} is on it</span>
          ) : (
            <button type="button" onClick={() => act(acknowledge(incident.incident_id))}>
              I am on it
            </button>
          )}
          {incident.monitor ? (
            <button type="button" class="more" onClick={() => act(silenceMonitor(incident, ""))}>
              Silence this monitor for 1 h
            </button>
          ) : null}
          {problem ? (
            <span class="error" role="alert">
              {problem}
            </span>
          ) : null}
        </p>
      )}
      <Timeline history={history} clock={clock} changed={answer.again} />
      <section>
        <h2>Findings</h2>
        <ul class="failures">
          {history.findings.map((one, index) => (
            <li key={index}>
              <Shot files={one.evidence} />
              <div>
                <p>
                  <b>{[one.part, one.cohort ?? "as anyone", one.location].filter(Boolean).join(" · ")}</b>
                  {one.service_version ? ` on ${one.service_version}` : ""}
                  {one.step ? `, step ${one.step}` : ""}, since {at(one.since, clock)}
                  {one.healed_at ? `, healthy since ${at(one.healed_at, clock)}` : ""}
                </p>
                {one.error_message ? <p class="error">{one.error_message}</p> : null}
                <p class="files">
                  {one.evidence.map((file) => (
                    <a key={file.url} href={file.url}>
                      {file.kind}
                    </a>
                  ))}
                </p>
              </div>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Notifications</h2>
        {history.notifications.length === 0 ? (
          <p>Nobody: no target was configured for it.</p>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Target</th>
                  <th scope="col">What</th>
                  <th scope="col">State</th>
                  <th scope="col">Attempts</th>
                  <th scope="col">Accepted</th>
                  <th scope="col" class="wide">Last error</th>
                </tr>
              </thead>
              <tbody>
                {history.notifications.map((one) => (
                  <tr key={one.notification_id}>
                    <th scope="row">{one.target}</th>
                    <td>{one.level === "first" ? one.transition : `${one.transition} (${one.level})`}</td>
                    <td>
                      {one.state.replace("_", " ")}
                      {one.is_maybe_duplicate ? ", maybe twice" : ""}
                    </td>
                    <td>{one.attempts}</td>
                    <td>{one.accepted_at ? at(one.accepted_at, clock) : "–"}</td>
                    <td class="wide">{one.last_error ?? ""}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </main>
  );
}

function Shot({ files }: { files: { kind: string; url: string }[] }) {
  const shot = files.find((file) => file.kind === "screenshot");
  if (!shot) return null;
  return (
    <a class="shot" href={shot.url}>
      <img src={shot.url} alt="What the browser saw" loading="lazy" />
    </a>
  );
}

/** Where to look next: the page of what the incident is about. */
function Subject({ incident }: { incident: History["incident"] }) {
  const place = placeOf(incident);
  return place === null ? null : (
    <>
      {" · "}
      <a href={place.link}>{place.words}</a>
    </>
  );
}

function placeOf(incident: History["incident"]): { link: string; words: string } | null {
  const app = incident.app ?? "";
  if (incident.monitor === "journey" && incident.name !== null)
    return { link: linkTo("journey", { app, name: incident.name }), words: "steps and failures" };
  if (incident.subject_kind === "objective") return { link: linkTo("budgets"), words: "budget" };
  if (incident.subject_kind === "release") return { link: linkTo("versions", { app }), words: "versions" };
  return null;
}
