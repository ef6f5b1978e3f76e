// The two latest versions of an app side by side, as much as fits on the first screen.
import type { AppNow, Comparison } from "../model";
import { linkTo } from "../route";
import { askComparison } from "../server";
import { IntervalBars } from "../shared/IntervalBars";
import { Empty, Waiting } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { Legend, coloursOf } from "../versions/Legend";
import { ago } from "../words";
import { Standing } from "./Standing";

const ON_FIRST_SCREEN = ["lcp_ms", "inp_ms", "cls", "errors", "ttfb_ms"];

export function Glance({ app, clock, turn }: { app: AppNow; clock: number; turn: number }) {
  const answer = useAnswer<Comparison>(() => askComparison(app.name, [], "24h"), [app.name, turn]);
  const comparison = answer.value;
  const shown = comparison?.metrics.filter((m) => ON_FIRST_SCREEN.includes(m.metric) || m.metric.startsWith("kpi:"));
  return (
    <section class="glance" aria-label={`Versions of ${app.name}`}>
      <div class="head">
        <h2>
          <a href={linkTo("versions", { app: app.name })}>{app.name}</a>{" "}
          <span class="quiet">{app.environment}</span>
        </h2>
        {app.last_beacon_at ? (
          <span class="quiet">
            last beacon {ago(app.last_beacon_at, clock)} · <a href={linkTo("listening", { app: app.name })}>what arrives</a>
          </span>
        ) : null}
      </div>
      {answer.lostAt !== null && !comparison ? <p class="quiet">No figures: {answer.reason}</p> : null}
      {comparison === null && answer.lostAt === null ? <Waiting what="figures" /> : null}
      {comparison && comparison.available.length === 0 ? (
        <Empty title="No beacon yet">
          <p>Add one line to the page; figures per version appear within two seconds of the first view.</p>
          <p>
            <a href={linkTo("listening", { app: app.name })}>The tag and its beacons</a>, or on the terminal:
          </p>
          <pre>leadline snippet</pre>
        </Empty>
      ) : null}
      {comparison && shown && comparison.available.length > 0 ? (
        <>
          {comparison.available.filter((one) => one.is_registered).length > 1 ? <Standing app={app.name} clock={clock} /> : null}
          <Legend comparison={comparison} />
          <div class="metrics">
            {shown.slice(0, 6).map((metric) => (
              <div class="metric" key={metric.metric}>
                <h3>{metric.label}</h3>
                <IntervalBars metric={metric} colours={coloursOf(comparison)} width={130} />
              </div>
            ))}
          </div>
        </>
      ) : null}
    </section>
  );
}
