// Open and past incidents, open ones first, with how long each part took.
import type { IncidentRow } from "../model";
import { linkTo } from "../route";
import { askIncidents } from "../server";
import { AnswerState, Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { at, span } from "../words";
import { Targets } from "./Targets";

const SHAPES: Record<IncidentRow["state"], string> = { open: "▲", acknowledged: "▲", unknown: "○", resolved: "●" };

export function IncidentsView({ clock, turn }: { clock: number; turn: number }) {
  const answer = useAnswer<IncidentRow[]>(askIncidents, [turn]);
  const incidents = answer.value;
  const open = incidents?.filter((one) => one.state !== "resolved").length ?? 0;
  return (
    <main class="incidents">
      <h1>{incidents === null ? "Incidents" : open === 0 ? "No incident is open." : `${open} open.`}</h1>
      <AnswerState answer={answer} what="incidents" clock={clock} />
      {incidents !== null && incidents.length === 0 ? (
        <Empty title="No incident yet">
          <p>Incidents of journeys, checks, objectives and releases appear here, with who was paged and when.</p>
        </Empty>
      ) : null}
      {incidents !== null && incidents.length > 0 ? <Spans incidents={incidents} /> : null}
      {incidents !== null && incidents.length > 0 ? (
        <div class="scroll" tabIndex={0} role="group" aria-label="Incidents">
          <table>
            <thead>
              <tr>
                <th scope="col">Incident</th>
                <th scope="col">State</th>
                <th scope="col">Since</th>
                <th scope="col">Lasted</th>
                <th scope="col">Acknowledged after</th>
                <th scope="col">By</th>
              </tr>
            </thead>
            <tbody>
              {openFirst(incidents).map((one) => (
                <tr key={one.incident_id}>
                  <th scope="row">
                    <a href={linkTo("incident", { id: one.incident_id })}>{one.title}</a>
                  </th>
                  <td>
                    <span class={`state ${one.state === "resolved" ? "" : "failed"}`}>
                      <span aria-hidden="true">{SHAPES[one.state]}</span> {one.state}
                    </span>
                  </td>
                  <td>{at(one.since, clock)}</td>
                  <td>{one.resolved_at ? between(one.since, one.resolved_at) : "still open"}</td>
                  <td>{one.acknowledged_at ? between(one.opened_at, one.acknowledged_at) : "–"}</td>
                  <td>{one.acknowledged_by ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <Targets clock={clock} turn={turn} />
    </main>
  );
}

const secondsBetween = (began: string, ended: string): number => Math.max(0, (Date.parse(ended) - Date.parse(began)) / 1000);

const between = (began: string, ended: string): string => span(secondsBetween(began, ended));

/** What is open before what is over, each newest first. */
const openFirst = (incidents: IncidentRow[]): IncidentRow[] => [
  ...incidents.filter((one) => one.state !== "resolved"),
  ...incidents.filter((one) => one.state === "resolved"),
];

/** The median times to detect, to acknowledge and to resolve, of the incidents listed. */
function Spans({ incidents }: { incidents: IncidentRow[] }) {
  const parts: [string, number[]][] = [
    ["Time to detect", incidents.map((one) => secondsBetween(one.since, one.opened_at))],
    ["Time to acknowledge", incidents.flatMap((one) => (one.acknowledged_at ? [secondsBetween(one.opened_at, one.acknowledged_at)] : []))],
    ["Time to resolve", incidents.flatMap((one) => (one.resolved_at ? [secondsBetween(one.since, one.resolved_at)] : []))],
  ];
  return (
    <dl class="spans">
      {parts.map(([name, seconds]) => (
        <div key={name}>
          <dt>{name}, median</dt>
          <dd>
            {seconds.length === 0 ? "no data" : span(median(seconds))} <small class="quiet">n {seconds.length}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function median(values: number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
