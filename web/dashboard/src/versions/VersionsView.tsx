// Two versions side by side: each vital as a distribution, error rate and business figures as intervals.
import type { Comparison, Metric, Now } from "../model";
import { linkTo } from "../route";
import { askComparison } from "../server";
import { IntervalBars } from "../shared/IntervalBars";
import { AnswerState, Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { Distribution } from "./Distribution";
import { Legend, coloursOf, versionsOf } from "./Legend";
import { OverTime } from "./OverTime";
import { VerdictSection } from "./Verdict";

const PERIODS = ["1h", "6h", "24h", "7d"];

export function VersionsView({ now, parameters, clock, turn }: { now: Now; parameters: URLSearchParams; clock: number; turn: number }) {
  const app = parameters.get("app") ?? now.apps[0]?.name ?? "";
  const since = parameters.get("since") ?? "24h";
  const chosen = parameters.get("versions")?.split(",").filter(Boolean) ?? [];
  const answer = useAnswer<Comparison>(() => askComparison(app, chosen, since), [app, since, chosen.join(), turn]);
  const comparison = answer.value;
  if (!app)
    return (
      <main>
        <Empty title="No app is configured">
          <p>Add one to leadline.toml; data from its pages then appears here.</p>
          <pre>leadline init shop https://shop.example</pre>
        </Empty>
      </main>
    );
  const go = (changes: Record<string, string>) => {
    location.hash = linkTo("versions", { app, since, versions: chosen.join(","), ...changes });
  };
  return (
    <main class="versions">
      <div class="head">
        <h1>Versions of {app}</h1>
        {now.apps.length > 1 ? (
          <Choice label="app" value={app} options={now.apps.map((each) => each.name)} choose={(name) => go({ app: name, versions: "" })} />
        ) : null}
        <Choice label="since" value={since} options={PERIODS} choose={(period) => go({ since: period })} />
        {comparison ? <Pickers comparison={comparison} go={go} /> : null}
      </div>
      <AnswerState answer={answer} what="figures" clock={clock} />
      {comparison && comparison.available.length === 0 ? (
        <Empty title={`No page view of a real user in the last ${since}`}>
          <p>
            The tag that sends them, and why nothing may arrive: <a href={linkTo("listening", { app })}>Listening for {app}</a>, or
          </p>
          <pre>leadline snippet</pre>
        </Empty>
      ) : null}
      {comparison && comparison.available.length > 1 ? <VerdictSection app={app} versions={chosen} clock={clock} /> : null}
      {comparison && comparison.available.length > 0 ? <OverTime comparison={comparison} since={since} turn={turn} /> : null}
      {comparison && comparison.available.length > 0 ? <Metrics comparison={comparison} /> : null}
    </main>
  );
}

function Metrics({ comparison }: { comparison: Comparison }) {
  const colours = coloursOf(comparison);
  const rates = comparison.metrics.filter((metric) => metric.unit === "ratio");
  const vitals = comparison.metrics.filter((metric) => metric.unit !== "ratio");
  const isKnown = (metric: Metric) => metric.versions.some((version) => version.bins.length > 0);
  const unknown = vitals.filter((metric) => !isKnown(metric));
  return (
    <>
      <Legend comparison={comparison} />
      <div class="rates">
        {rates.map((metric) => (
          <section key={metric.metric} class="metric">
            <h2>{metric.label}</h2>
            <IntervalBars metric={metric} colours={colours} />
          </section>
        ))}
      </div>
      {vitals.filter(isKnown).map((metric) => (
        <section key={metric.metric} class="metric">
          <h2>{metric.label}</h2>
          <Distribution metric={metric} colours={colours} />
        </section>
      ))}
      {unknown.length > 0 ? <p class="quiet">No data yet: {unknown.map((metric) => metric.label).join(", ")}.</p> : null}
    </>
  );
}

function Pickers({ comparison, go }: { comparison: Comparison; go: (changes: Record<string, string>) => void }) {
  const names = comparison.available.map((each) => each.service_version);
  const [left, right] = versionsOf(comparison);
  if (names.length < 2 || left === undefined) return null;
  return (
    <>
      <Choice label="baseline" value={left} options={names} choose={(version) => go({ versions: [version, right ?? version].join(",") })} />
      <Choice label="canary" value={right ?? left} options={names} choose={(version) => go({ versions: [left, version].join(",") })} />
    </>
  );
}

function Choice({ label, value, options, choose }: { label: string; value: string; options: string[]; choose: (value: string) => void }) {
  return (
    <label class="choice">
      {label}{" "}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
