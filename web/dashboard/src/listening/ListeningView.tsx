// From an installed command to the first beacon: the tag to paste, and six checkmarks that are set as data arrives.
import { useEffect, useState } from "preact/hooks";
import type { Listening, Refused, Tick } from "../model";
import { linkTo } from "../route";
import { askListening } from "../server";
import { AnswerState, Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { CopyButton } from "./CopyButton";
import { Tabs } from "./Tabs";

export function ListeningView({ parameters, apps, clock, turn }: { parameters: URLSearchParams; apps: string[]; clock: number; turn: number }) {
  const app = parameters.get("app") ?? apps[0] ?? "";
  const [isDone, setIsDone] = useState(false);
  // The collector's counters are not changes of the store, so they are polled every second until all are true.
  const answer = useAnswer<Listening>(() => askListening(app), [app, turn, isDone ? 0 : Math.floor(clock / 1000)]);
  const told = answer.value?.app === app ? answer.value : null;
  const done = told?.ticks.filter((tick) => tick.is_done).length ?? 0;
  useEffect(() => setIsDone(told !== null && done === told.ticks.length), [told, done]);
  if (!app)
    return (
      <main>
        <Empty title="No app is configured">
          <p>Add one to leadline.toml; its tag then appears here.</p>
          <pre>leadline init shop https://shop.example</pre>
        </Empty>
      </main>
    );
  return (
    <main class="listening">
      <h1>Listening for {app}</h1>
      <AnswerState answer={answer} what="what arrives" clock={clock} />
      {told ? (
        <>
          <p class="quiet" aria-live="polite">
            {done === told.ticks.length ? (
              <>
                Everything arrives. <a href={linkTo("versions", { app })}>Compare its versions</a>
              </>
            ) : (
              `${done} of ${told.ticks.length} are true. Paste the tag, open the page${told.base_url ? ` (${told.base_url})` : ""}, and watch: each is set within two seconds.`
            )}
          </p>
          <div class="columns">
            <section aria-labelledby="tag">
              <h2 id="tag">1. The tag</h2>
              <Tabs name="Framework" entries={told.frameworks} />
              <h2 id="line">{told.is_direct ? "2. In production: the line for the web server" : "2. The line for the web server"}</h2>
              <p class="quiet">
                It forwards /_l/ to the collector: same origin, no CORS, and blockers don't list the path.
                {told.is_direct ? " The tag above goes to the collector of this machine; there it is " : null}
                {told.is_direct ? <code>src="/_l/b.js"</code> : null}
              </p>
              <Tabs
                name="Web server"
                entries={[
                  { name: "nginx", where: "Inside the site's server { }", text: told.nginx },
                  { name: "Caddy", where: "Inside the site's block", text: told.caddy },
                ]}
              />
              <p class="quiet">
                {told.is_direct ? null : "On a development server: base_url or origins name its address, and src the collector's own. "}
                Nothing arrives? <code>leadline snippet verify {told.base_url ?? "URL"}</code> names why.
              </p>
            </section>
            <section aria-labelledby="ticks">
              <h2 id="ticks">3. What has arrived</h2>
              <ol class="ticks-list">
                {told.ticks.map((tick) => (
                  <TickLine key={tick.tick} tick={tick} />
                ))}
              </ol>
              <RefusedList refused={told.refused} />
              <CrawlerList crawlers={told.crawlers} />
            </section>
          </div>
        </>
      ) : null}
    </main>
  );
}

function RefusedList({ refused }: { refused: Refused[] }) {
  if (refused.length === 0) return null;
  return (
    <>
      <h2 id="refused">Dropped in the last hour</h2>
      <ul class="ticks-list" aria-labelledby="refused">
        {refused.map((one) => (
          <li key={`${one.is_stray} ${one.reason}`} class="tick refused" data-reason={one.reason}>
            <span aria-hidden="true">✗</span>
            <div>
              <p>
                <b>{one.reason.replaceAll("_", " ")}</b> {one.last_hour.toLocaleString("en")}
                {one.is_stray ? ", of an unknown app" : ""}
                {one.detail ? <span class="quiet"> {one.field ? `${one.field}: ${one.detail}` : one.detail}</span> : null}
              </p>
              <p class="quiet">{one.remedy}</p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function CrawlerList({ crawlers }: { crawlers: { name: string; beacons: number }[] }) {
  if (crawlers.length === 0) return null;
  return (
    <>
      <h2>Crawlers</h2>
      <p class="quiet" data-crawlers>
        {crawlers.map(({ name, beacons }) => `${name} ${beacons.toLocaleString("en")}`).join(", ")}: marked as bots, and never counted as people.
      </p>
    </>
  );
}

function TickLine({ tick }: { tick: Tick }) {
  return (
    <li class={tick.is_done ? "tick done" : "tick"} data-tick={tick.tick}>
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="7.5" />
        {tick.is_done ? <path d="M5 9.4l2.8 2.8L13 6.6" /> : null}
      </svg>
      <div>
        <p>
          <b>{tick.title}</b>
          <span class="hidden">{tick.is_done ? ": yes" : ": not yet"}</span>
          {tick.seen ? <span class="quiet"> {tick.seen}</span> : null}
        </p>
        {tick.is_done ? null : (
          <>
            <p class="quiet">{tick.hint}:</p>
            {tick.lines.map((line) => (
              <div class="copied" key={line}>
                <pre>{line}</pre>
                <CopyButton text={line} what={tick.title} />
              </div>
            ))}
          </>
        )}
      </div>
    </li>
  );
}
