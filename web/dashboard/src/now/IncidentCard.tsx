// An open incident: what is wrong, what Leadline did about it, the text of its page, and the button to acknowledge.
import { useState } from "preact/hooks";
import type { FailingCohort, Incident } from "../model";
import { linkTo } from "../route";
import { acknowledge } from "../server";
import { at } from "../words";

/** A monitor fails for cohorts. What a release or an objective does is said once, however many figures show it. */
function foundIn(incident: Incident): FailingCohort[] {
  if (isMonitor(incident)) return incident.failing;
  return incident.failing.filter((one, at) => incident.failing.findIndex((other) => other.error === one.error) === at);
}

function isMonitor(incident: Incident): boolean {
  return incident.monitor === "journey" || incident.monitor === "check";
}

function Where({ failing }: { failing: FailingCohort }) {
  return (
    <>
      <b>{failing.cohort ?? "as anyone"}</b>
      {failing.service_version ? ` on ${failing.service_version}` : ""}
      {failing.step ? `, step ${failing.step}` : ""}:{" "}
    </>
  );
}

export function IncidentCard({ incident, clock, changed }: { incident: Incident; clock: number; changed: () => void }) {
  const [problem, setProblem] = useState("");
  const shown = incident.failing.find((failing) => failing.screenshot);
  const take = () => {
    acknowledge(incident.incident_id).then(changed, (error: Error) => setProblem(error.message));
  };
  return (
    <article class={incident.kind === "blindness" ? "incident blind" : "incident"} aria-label={incident.title}>
      <div class="said">
        <h2>
          <span aria-hidden="true">{incident.kind === "blindness" ? "○" : "▲"}</span> {incident.title}
        </h2>
        <p class="facts">
          {incident.app} · {incident.monitor} {incident.name} · {incident.severity} · since {at(incident.since, clock)}
        </p>
        <ul class="cohorts">
          {foundIn(incident).map((failing) => (
            <li key={`${failing.cohort}/${failing.location}/${failing.error}`}>
              {isMonitor(incident) ? <Where failing={failing} /> : null}
              <span class="error" title={failing.error_message ?? undefined}>
                {failing.error}
              </span>
            </li>
          ))}
        </ul>
        {incident.machine.map((sentence) => (
          <p class="machine" key={sentence}>
            {sentence}
          </p>
        ))}
        <details>
          <summary>Text of the page</summary>
          <pre>{incident.text}</pre>
        </details>
        <p class="act">
          {incident.acknowledged_by ? (
            <span class="taken">{incident.acknowledged_by} is on it</span>
          ) : (
            <button type="button" onClick={take}>
              I am on it
            </button>
          )}
          {incident.monitor === "journey" ? (
            <a href={linkTo("journey", { app: incident.app, name: incident.name })}>Steps and failures</a>
          ) : null}
          {problem ? <span class="error">{problem}</span> : null}
        </p>
      </div>
      {shown?.screenshot ? (
        <a class="shot" href={shown.screenshot}>
          <img src={shown.screenshot} alt={`Screenshot of the failure of ${incident.name}`} loading="lazy" />
        </a>
      ) : null}
    </article>
  );
}
