// Asks the web service, and keeps asking while the connection heals. Nothing is kept in the browser.
import type { Budget, Comparison, Flag, History, IncidentRow, SeriesRow, JourneyDetail, Listening, MonitorWindow, Now, Release, Verdict } from "./model";

export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const answer = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
    throw new Refused(problem.detail ?? problem.title ?? `${answer.status} ${answer.statusText}`, answer.status);
  }
  return (await answer.json()) as T;
}

export const askNow = (): Promise<Now> => ask("v1/now");

export const askMonitors = (query: string, offset: number, limit: number): Promise<MonitorWindow> =>
  ask(`v1/monitors?${new URLSearchParams({ q: query, offset: String(offset), limit: String(limit) })}`);

export const askComparison = (app: string, versions: string[], since: string): Promise<Comparison> =>
  ask(`v1/compare?${new URLSearchParams({ app, since, ...(versions.length ? { versions: versions.join(",") } : {}) })}`);

/** Of two chosen versions the first is the baseline; without a choice the server knows which are meant. */
export const askVerdict = (app: string, versions: string[]): Promise<Verdict> => {
  const [baseline, canary] = versions;
  const arms = baseline !== undefined && canary !== undefined && baseline !== canary ? { baseline, canary } : {};
  return ask(`v1/verdict?${new URLSearchParams({ app, ...arms })}`);
};

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
  ask("v1/silences", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      duration: "1h",
      reason: reason || "silenced from the dashboard",
      app: incident.app,
      ...(incident.monitor ? { monitor: incident.monitor, name: incident.name } : {}),
    }),
  });

export const askFlags = (): Promise<Flag[]> => ask("v1/flags");

export const changeFlag = (key: string, verb: "kill" | "restore", reason: string): Promise<Flag> =>
  ask(`v1/flags/${encodeURIComponent(key)}/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ reason }),
  });

export const askReleases = (): Promise<Release[]> => ask("v1/releases");

/** Answers once users are seen to be off the canary, or that could not be seen in time. */
export const abortRelease = (app: string, reason: string): Promise<{ did: string; state: string; said: string }[]> =>
  ask(`v1/releases/${encodeURIComponent(app)}/abort`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ reason: reason || "aborted from the dashboard" }),
  });

export const acknowledge = (incidentId: string): Promise<unknown> =>
  ask(`v1/incidents/${encodeURIComponent(incidentId)}/ack`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ by: "dashboard" }),
  });

/** Calls `changed` whenever the server says that something is new, `lost` when the connection breaks. Returns the end. */
export function follow(changed: () => void, lost: () => void, found: () => void): () => void {
  const source = new EventSource("v1/stream");
  source.addEventListener("changed", changed);
  source.addEventListener("open", found);
  source.addEventListener("error", lost); // EventSource tries again by itself
  return () => source.close();
}
