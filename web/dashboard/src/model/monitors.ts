// The server's read models of monitors, open incidents, and the first page.

export type RunStatus = "passed" | "degraded" | "failed" | "aborted" | "skipped";

export interface Run {
  run_id: string;
  status: RunStatus;
  started_at: string;
  duration_ms: number;
  step: string | null;
  error_message: string | null;
  service_version: string | null;
  screenshot: string | null;
  files: { kind: string; url: string }[];
  trace: string | null;
}

export interface FailingCohort {
  cohort: string | null;
  location: string | null;
  run_id: string | null;
  since: string;
  step: string | null;
  service_version: string | null;
  error_message: string | null;
  /** The error in plain words: never empty. */
  error: string;
  screenshot: string | null;
}

export interface Incident {
  incident_id: string;
  app: string;
  monitor: "journey" | "check" | "objective" | "release" | "location" | "leadline";
  kind: "failure" | "blindness";
  name: string;
  title: string;
  text: string;
  state: "open" | "acknowledged" | "resolved" | "unknown";
  severity: string;
  since: string;
  acknowledged_by: string | null;
  service_version: string | null;
  /** What hooks did about it, a sentence each, and when its figures were back. */
  machine: string[];
  /** A check showed that users have the old version, or the off variant, again. */
  is_rolled_back: boolean;
  failing: FailingCohort[];
}

export interface Monitor {
  monitor: "journey" | "check";
  app: string;
  name: string;
  cohort: string | null;
  location: string;
  status: RunStatus | null;
  last_at: string | null;
  next_at: string | null;
  p75_ms: number | null;
  slowest_ms: number | null;
  fastest_ms: number | null;
  runs: Run[];
}

export interface MonitorWindow {
  total: number;
  matching: number;
  failing: number;
  offset: number;
  monitors: Monitor[];
}

/** What mutes pages now: a silence by a person, a [[maintenance]] window, quiet hours. */
export interface Silence {
  silence_id: string;
  muted: string;
  until: string;
  by: string;
  reason: string;
}

export interface AppNow {
  name: string;
  environment: string;
  base_url: string | null;
  last_beacon_at: string | null;
  versions: string[];
}

export interface Now {
  at: string;
  apps: AppNow[];
  incidents: Incident[];
  incident_count: number;
  blind_count: number; // of these: it is not known whether it works
  has_targets: boolean; // whether there is a target to page
  monitor_count: number;
  failing_count: number;
  last_result_at: string | null;
  oldest_unsent_at: string | null;
  silences: Silence[];
  scheduler: "running" | "stopped" | "silent";
  store: "up" | "down";
  /** Why a saved file is not in force, with file, line and remedy. */
  saved_problem: string | null;
  /** Why the records can't be written: nothing is judged and nobody is paged meanwhile. */
  unwritten: string | null;
}

export interface StepFigures {
  step: string;
  service_version: string | null;
  n: number;
  p50_ms: number | null;
  p75_ms: number | null;
  fastest_ms: number | null;
  slowest_ms: number | null;
  budget_ms: number | null;
}

export interface JourneyDetail {
  app: string;
  name: string;
  /** Null while the store does not answer. */
  steps: StepFigures[] | null;
  monitors: Monitor[];
  failures: (Run & { cohort: string | null; location: string; status: RunStatus })[];
}
