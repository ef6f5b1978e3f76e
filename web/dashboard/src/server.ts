// Asks the web service, and tries again when the connection breaks. Nothing is stored in the browser.
import { askForToken, hasToken, withToken } from "./operator";
import type {
  Budget,
  Comparison,
  Delivery,
  DrillDown,
  Flag,
  History,
  IncidentRow,
  JourneyDetail,
  Listening,
  Mark,
  MonitorWindow,
  Now,
  Release,
  SeriesRow,
  Verdict,
} from "./model";
import type { TargetRow } from "./incidents/targetRow";

export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly type = "",
  ) {
    super(message);
  }
}

const NO_STORE = "the store service does not answer, so figures, verdicts and budgets are missing (leadline status); incidents and pages don't need it";

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const answer = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as Problem;
    // The detail names a path of the server and an error number.
    if (problem.type === "urn:leadline:store-unavailable") throw new Refused(NO_STORE, answer.status, problem.type);
    throw new Refused(problem.detail ?? problem.title ?? `${answer.status} ${answer.statusText}`, answer.status, problem.type);
  }
  return (await answer.json()) as T;
}

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
}

/** Changes something. The browser's login may only read: asks for an operator's token until one is accepted. */
async function act<T>(path: string, body: object): Promise<T> {
  let withCookies = false;
  for (;;) {
    try {
      const options = withToken({ "Content-Type": "application/json" }, withCookies);
      return await ask<T>(path, { ...options, method: "POST", body: JSON.stringify(body), redirect: "manual" });
    } catch (error) {
      if (!withCookies && hasToken() && isOfAProxy(error)) {
        withCookies = true;
        continue;
      }
      if (!(error instanceof Refused) || !["urn:leadline:token", "urn:leadline:role"].includes(error.type)) throw error;
      const refused = error.type === "urn:leadline:token" ? "[web.tokens] has no such token." : `Not enough: ${error.message}.`;
      if (!(await askForToken(refused))) throw new Refused("Nothing was changed: this needs an operator's token.", error.status);
    }
  }
}

/** A proxy in front rejected it because of a missing cookie: it never reached Leadline. Status 0 is a redirect. */
const isOfAProxy = (error: unknown): boolean =>
  error instanceof Refused && [0, 401, 403].includes(error.status) && !error.type.startsWith("urn:leadline:");

export const askNow = (): Promise<Now> => ask("v1/now");

export const askMonitors = (query: string, offset: number, limit: number): Promise<MonitorWindow> =>
  ask(`v1/monitors?${new URLSearchParams({ q: query, offset: String(offset), limit: String(limit) })}`);

export const askComparison = (app: string, versions: string[], since: string): Promise<Comparison> =>
  ask(`v1/compare?${new URLSearchParams({ app, since, ...(versions.length ? { versions: versions.join(",") } : {}) })}`);

/** Of two chosen versions the first is the baseline; without a choice the server decides. */
export const askVerdict = (app: string, versions: string[]): Promise<Verdict> =>
  ask(`v1/verdict?${new URLSearchParams({ app, ...armsOf(versions), evidence: "true" })}`);

export const askDrillDown = async (app: string, versions: string[], metric: string, by: string): Promise<DrillDown | null> => {
  const query = new URLSearchParams({ app, ...armsOf(versions), metric, by });
  const { drilled } = await ask<{ drilled: DrillDown[] }>(`v1/verdict?${query}`);
  return drilled[0] ?? null;
};

function armsOf([baseline, canary]: string[]): Record<string, string> {
  return baseline !== undefined && canary !== undefined && baseline !== canary ? { baseline, canary } : {};
}

const quoted = (name: string): string => (/[",\s]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

export const askSeries = (app: string, versions: string[], since: string, every: string): Promise<SeriesRow[]> =>
  ask(`v1/vitals?${new URLSearchParams({ app, since, every, versions: versions.map(quoted).join(",") })}`);

export const askJourney = (app: string, name: string): Promise<JourneyDetail> =>
  ask(`v1/journeys/${encodeURIComponent(app)}/${encodeURIComponent(name)}`);

export const askListening = (app: string): Promise<Listening> => ask(`v1/listening/${encodeURIComponent(app)}`);

export const askBudgets = (): Promise<Budget[]> => ask("v1/budget");

export const askIncidents = (): Promise<IncidentRow[]> => ask("v1/incidents?limit=200");

export const askHistory = (incidentId: string): Promise<History> =>
  ask(`v1/incidents/${encodeURIComponent(incidentId)}/history`);

export const silenceMonitor = (incident: IncidentRow, reason: string): Promise<unknown> =>
  act("v1/silences", {
    duration: "1h",
    reason: reason || "silenced from the dashboard",
    app: incident.app,
    ...(incident.monitor ? { monitor: incident.monitor, name: incident.name } : {}),
  });

export const endSilence = (silenceId: string): Promise<unknown> => act(`v1/silences/${encodeURIComponent(silenceId)}/end`, {});

export const addNote = (incidentId: string, text: string): Promise<unknown> =>
  act(`v1/incidents/${encodeURIComponent(incidentId)}/notes`, { text });

export const askTargets = (): Promise<TargetRow[]> => ask("v1/targets");

export const sendTestPage = (target: string): Promise<unknown> => act("v1/test-pages", { target });

export const askFlags = (): Promise<Flag[]> => ask("v1/flags");

export const changeFlag = (key: string, verb: "kill" | "restore", reason: string): Promise<Flag> =>
  act(`v1/flags/${encodeURIComponent(key)}/${verb}`, { reason });

export const askMarks = (app?: string, since = "7d"): Promise<Mark[]> =>
  ask(`v1/marks?${new URLSearchParams({ since, ...(app === undefined ? {} : { app }) })}`);

/** The verdict without its evidence over time. */
export const askStanding = (app: string): Promise<Verdict> => ask(`v1/verdict?${new URLSearchParams({ app })}`);

export const askDelivery = (app: string): Promise<Delivery> => ask(`v1/dora?${new URLSearchParams({ app })}`);

export const askReleases = (): Promise<Release[]> => ask("v1/releases");

/** Answers once users are verified to be off the canary, or the time for that is over. */
export const abortRelease = (app: string, reason: string): Promise<{ did: string; state: string; said: string }[]> =>
  act(`v1/releases/${encodeURIComponent(app)}/abort`, { reason: reason || "aborted from the dashboard" });

interface RunAsked {
  runs: number | null;
  scheduler: string;
}

/** The scheduler runs it in addition to its slots; without `cohort`, in each of its cohorts. */
export const runNow = (wanted: { app: string; monitor: string; name: string; cohort: string | null }): Promise<RunAsked> =>
  act("v1/runs", wanted);

export const acknowledge = (incidentId: string): Promise<unknown> =>
  act(`v1/incidents/${encodeURIComponent(incidentId)}/ack`, {});

/** Calls `changed` whenever the server says that something is new, `lost` when the connection breaks. Returns the end. */
export function follow(changed: () => void, lost: () => void, found: () => void): () => void {
  const source = new EventSource("v1/stream");
  source.addEventListener("changed", changed);
  source.addEventListener("open", found);
  source.addEventListener("error", lost); // EventSource tries again by itself
  return () => source.close();
}
