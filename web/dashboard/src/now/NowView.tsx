// The first screen, top to bottom: one sentence, open incidents, versions, journeys and checks, the footer.
import type { Now } from "../model";
import { linkTo } from "../route";
import { ago, count } from "../words";
import { BudgetsLeft } from "./BudgetsLeft";
import { Glance } from "./Glance";
import { IncidentCard } from "./IncidentCard";
import { Monitors } from "./Monitors";
import { Sentence } from "./Sentence";
import { Silences } from "./Silences";

const SHOWN_INCIDENTS = 3;

const sayDelivery = (now: Now, clock: number) => {
  if (now.unwritten !== null) return "no page is sent while the records can't be written";
  if (now.oldest_unsent_at) return `oldest page not yet delivered: ${ago(now.oldest_unsent_at, clock)}`;
  return now.has_targets ? "every page is delivered" : "nobody is paged: [notify] has no target";
};

/** Nothing runs and nobody is paged: what to do about it. */
function Stopped({ scheduler }: { scheduler: "stopped" | "silent" }) {
  return (
    <div class="saved">
      {scheduler === "stopped" ? "The scheduler is not running: nothing is checked, and nobody is paged." : "The scheduler runs, but does not answer: nothing is checked, and nobody is paged."}
      <pre>{scheduler === "stopped" ? "leadline up" : "leadline status"}</pre>
    </div>
  );
}

export function NowView({ now, clock, turn, again }: { now: Now; clock: number; turn: number; again: () => void }) {
  const hidden = now.incident_count - Math.min(now.incidents.length, SHOWN_INCIDENTS);
  return (
    <main class="now">
      <Sentence now={now} clock={clock} />
      {now.scheduler === "running" ? null : <Stopped scheduler={now.scheduler} />}
      {now.saved_problem ? (
        <div class="saved" role="status">
          What was saved is not in force; everything runs as it did before.
          <pre>{now.saved_problem}</pre>
        </div>
      ) : null}
      {now.unwritten !== null ? (
        <div class="saved" role="status">
          The records can't be written: no incident opens, and nobody is paged. Free disk space, or see who holds or has taken the file.
          <pre>{now.unwritten}</pre>
        </div>
      ) : null}
      {now.incidents.slice(0, SHOWN_INCIDENTS).map((incident) => (
        <IncidentCard key={incident.incident_id} incident={incident} clock={clock} changed={again} />
      ))}
      {hidden > 0 ? <p class="quiet">and <a href={linkTo("incidents")}>{count(hidden)} more open</a></p> : null}
      <Silences silences={now.silences} clock={clock} />
      <div class="glances">
        {now.apps.map((app) => (
          <Glance key={app.name} app={app} clock={clock} turn={turn} />
        ))}
      </div>
      <Monitors clock={clock} turn={turn} />
      <footer>
        <span>{sayDelivery(now, clock)}</span>
        <span>scheduler {now.scheduler}</span>
        <span>store {now.store}</span>
        <BudgetsLeft clock={clock} />
      </footer>
    </main>
  );
}
