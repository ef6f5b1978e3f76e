// Each journey and check as one line, failing first; the server sends only the visible window.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Mark, Monitor, MonitorWindow } from "../model";
import { linkTo } from "../route";
import { askMarks, askMonitors } from "../server";
import { RunNow } from "../shared/RunNow";
import { StatusWord, Strip } from "../shared/Strip";
import { Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { ago, count, withInterval } from "../words";

const WINDOW = 60;

export function Monitors({ clock, turn }: { clock: number; turn: number }) {
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(WINDOW);
  const field = useRef<HTMLInputElement>(null);
  const answer = useAnswer<MonitorWindow>(() => askMonitors(query, 0, limit), [query, limit, turn]);
  const marks = useAnswer<Mark[]>(() => askMarks(), [Math.floor(clock / 10_000)]).value ?? [];
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", jump);
    return () => removeEventListener("keydown", jump);
  }, []);
  const window_ = answer.value;
  if (window_ && window_.total === 0)
    return (
      <Empty title="No journey and no check yet">
        <p>A journey is a Python function that gets Playwright's page. Write one into the folder named by [[journeys]]:</p>
        <pre>leadline init shop https://shop.example</pre>
      </Empty>
    );
  return (
    <section class="monitors" aria-labelledby="monitors">
      <div class="head">
        <h2 id="monitors">Journeys and checks</h2>
        <label>
          <span class="hidden">Filter by name, app, cohort or state</span>
          <input
            ref={field}
            type="search"
            placeholder="Filter  ( / )"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
        {window_ ? <span class="quiet">{count(window_.matching)} of {count(window_.total)}</span> : null}
      </div>
      <div class="lines">
        {window_?.monitors.map((monitor) => <Line key={keyOf(monitor)} monitor={monitor} marks={marks} clock={clock} />)}
      </div>
      {window_ && window_.matching === 0 ? <p class="quiet">No match.</p> : null}
      {window_ && window_.monitors.length < window_.matching ? (
        <button type="button" class="more" onClick={() => setLimit(limit + WINDOW * 2)}>
          Show more ({count(window_.matching - window_.monitors.length)})
        </button>
      ) : null}
    </section>
  );
}

const keyOf = (monitor: Monitor): string => [monitor.app, monitor.name, monitor.cohort, monitor.location].join("/");

function Line({ monitor, marks, clock }: { monitor: Monitor; marks: Mark[]; clock: number }) {
  // A run that was skipped or aborted says nothing of the site: what is shown is the last one that was judged.
  const judged = monitor.runs.filter((run) => run.status !== "skipped" && run.status !== "aborted").at(-1);
  const name = monitor.cohort ? `${monitor.name} · ${monitor.cohort}` : monitor.name;
  const isFailing = monitor.status === "failed";
  return (
    <div class={isFailing ? "line failing" : "line"}>
      <StatusWord status={monitor.status} />
      <span class="name">
        <span class="quiet">{monitor.app}</span>{" "}
        {monitor.monitor === "journey" ? (
          <a href={linkTo("journey", { app: monitor.app, name: monitor.name })}>{name}</a>
        ) : (
          name
        )}
      </span>
      <Strip runs={monitor.runs} now={clock} marks={marks.filter((one) => one.app === monitor.app)} />
      <span class="what">
        {isFailing ? (
          <span class="error">{[judged?.step, judged?.error_message].filter(Boolean).join(": ")}</span>
        ) : (
          <span class="quiet">
            {monitor.p75_ms === null
              ? "no timing yet"
              : `p75 ${withInterval({ value: monitor.p75_ms, low: monitor.fastest_ms, high: monitor.slowest_ms }, "ms")}`}
          </span>
        )}
      </span>
      <span class="when quiet">{monitor.last_at ? ago(monitor.last_at, clock) : ""}</span>
      {isFailing && judged?.screenshot ? <a href={judged.screenshot}>picture</a> : <span />}
      <RunNow wanted={monitor} latest={monitor.last_at} />
    </div>
  );
}
