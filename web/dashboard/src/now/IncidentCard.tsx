// An open incident with the page as it was sent, who acknowledged it, and the button to acknowledge.
import { useState } from "preact/hooks";
import type { Incident } from "../model";
import { linkTo } from "../route";
import { acknowledge } from "../server";
import { at } from "../words";

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
          {incident.failing.map((failing) => (
            <li key={`${failing.cohort}/${failing.location}`}>
              <b>{failing.cohort ?? "as anyone"}</b>
              {failing.service_version ? ` on ${failing.service_version}` : ""}
              {failing.step ? `, step ${failing.step}` : ""}: <span class="error">{failing.error_message ?? "no message"}</span>
            </li>
          ))}
        </ul>
        <details>
          <summary>The page as it was sent</summary>
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
