// Follows the server, keeps the clock, and shows the view in the address.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { BudgetsView } from "./budgets/BudgetsView";
import { FlagsView } from "./flags/FlagsView";
import { HistoryView } from "./incidents/HistoryView";
import { IncidentsView } from "./incidents/IncidentsView";
import { JourneyView } from "./journey/JourneyView";
import { ListeningView } from "./listening/ListeningView";
import type { Now } from "./model";
import { NowView } from "./now/NowView";
import { ReleasesView } from "./releases/ReleasesView";
import { readPlace } from "./route";
import { askNow, follow } from "./server";
import { Operator } from "./shared/Operator";
import { Bar, Lost } from "./shared/Page";
import { useAnswer } from "./shared/useAnswer";
import { VersionsView } from "./versions/VersionsView";
import { at, shownZone } from "./words";

// The server says when there is something new, but not that the scheduler fell silent, and it may miss what comes and goes
// between two of its looks.
const ASK_AGAIN_MS = 10_000;

function Dashboard() {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  const [clock, setClock] = useState(Date.now());
  const [turn, setTurn] = useState(0);
  const [cutAt, setCutAt] = useState<number | null>(null);
  const answer = useAnswer<Now>(askNow, [turn, Math.floor(clock / ASK_AGAIN_MS)]);

  useEffect(() => {
    const moved = () => setPlace(readPlace(location.hash));
    addEventListener("hashchange", moved);
    const ticking = setInterval(() => setClock(Date.now()), 1000);
    const stop = follow(
      () => setTurn((before) => before + 1),
      () => setCutAt((before) => before ?? Date.now()),
      () => {
        setCutAt(null);
        setTurn((before) => before + 1);
      },
    );
    return () => {
      removeEventListener("hashchange", moved);
      clearInterval(ticking);
      stop();
    };
  }, []);

  const now = answer.value;
  const lostAt = answer.lostAt ?? cutAt;
  const broken = now === null ? 0 : now.incident_count - now.blind_count;
  useEffect(() => {
    const name = place.view.charAt(0).toUpperCase() + place.view.slice(1);
    document.title = `${broken > 0 ? `▲ ${broken} ` : ""}${name} · Leadline`;
  }, [place.view, broken]);
  return (
    <>
      <Bar place={place} />
      <Operator />
      {lostAt !== null ? (
        <Lost since={at(new Date(lostAt).toISOString(), clock)} reason={answer.reason || "the connection is gone"} isGone />
      ) : null}
      {now === null ? (
        <main class="waiting">{lostAt === null ? <p class="quiet late">Asking Leadline …</p> : <p>Is it running? leadline up</p>}</main>
      ) : place.view === "versions" ? (
        <VersionsView now={now} parameters={place.parameters} clock={clock} turn={turn} />
      ) : place.view === "journey" ? (
        <JourneyView parameters={place.parameters} clock={clock} turn={turn} />
      ) : place.view === "incidents" ? (
        <IncidentsView clock={clock} turn={turn} />
      ) : place.view === "incident" ? (
        <HistoryView parameters={place.parameters} clock={clock} turn={turn} />
      ) : place.view === "budgets" ? (
        <BudgetsView clock={clock} turn={turn} />
      ) : place.view === "releases" ? (
        <ReleasesView apps={now.apps.map((app) => app.name)} clock={clock} turn={turn} />
      ) : place.view === "flags" ? (
        <FlagsView clock={clock} turn={turn} />
      ) : place.view === "listening" ? (
        <ListeningView parameters={place.parameters} apps={now.apps.map((app) => app.name)} clock={clock} turn={turn} />
      ) : (
        <NowView now={now} clock={clock} turn={turn} again={() => setTurn(turn + 1)} />
      )}
      <footer class="zone">Times are in {shownZone(clock)}.</footer>
    </>
  );
}

const root = document.getElementById("leadline");
if (root) render(<Dashboard />, root);
