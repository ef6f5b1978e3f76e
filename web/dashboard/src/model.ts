// What the server's read models say (web/leadline_web/dashboard/). Times are ISO 8601 UTC, durations ms.

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

export interface VerdictMetric {
  name: string;
  state: "worse" | "suspect" | "fine" | "unclear" | "no_data";
  is_lower_harm: boolean;
  canary_sessions: number;
  needed_sessions: number | null;
  difference_ratio: number | null;
  low_ratio: number | null;
  high_ratio: number | null;
  margin: number | null;
  warning: string | null;
}

/** One metric by segment. `difference_ratio` is null where the baseline's value is 0. */
export interface DrillDown {
  metric: string;
  kind: "share" | "value" | "latency";
  is_lower_harm: boolean;
  by: string;
  margin: number;
  segments: SegmentDifference[];
  more_segments: number;
  difference_ratio: number | null;
  low_ratio: number | null;
  high_ratio: number | null;
  pooled_difference_ratio: number | null;
  worst: string | null;
  warning: string | null;
}

export interface SegmentDifference {
  segment: string;
  canary_sessions: number;
  baseline_sessions: number;
  canary_value: number | null;
  baseline_value: number | null;
  difference_ratio: number | null;
  low_ratio: number | null;
  high_ratio: number | null;
  is_apart: boolean;
}

/** ln E of each metric: the first point at `first_at`, each later one `every_minutes` after the one before. */
export interface Evidence {
  first_at: string;
  every_minutes: number;
  metrics: MetricCourse[];
  stages: { name: string; share: number | null; starts_at: string }[];
  deployments: { service_version: string; cohort: string | null; deployed_at: string }[];
}

export interface MetricCourse {
  name: string;
  log_e: number[];
  canary_sessions: number[];
  log_e_to_pause: number;
  log_e_to_roll_back: number;
  needed_sessions: number | null;
}

export interface Verdict {
  app: string;
  service_version: string;
  baseline_version: string;
  verdict: "promote" | "rollback" | "pause" | "inconclusive" | "no_data";
  sentence: string;
  reasons: { code: string; text: string }[];
  decided_at: string;
  stage: string | null;
  metrics: VerdictMetric[];
  evidence: Evidence;
}

export interface AppNow {
  name: string;
  environment: string;
  base_url: string | null;
  last_beacon_at: string | null;
  versions: string[];
}

/** What mutes pages now: a person's word, a [[maintenance]] window, quiet hours. */
export interface Silence {
  silence_id: string;
  muted: string;
  until: string;
  by: string;
  reason: string;
}

export interface Now {
  at: string;
  apps: AppNow[];
  incidents: Incident[];
  incident_count: number;
  blind_count: number; // of these: nobody can tell whether it works
  has_targets: boolean; // whether there is anybody to page
  monitor_count: number;
  failing_count: number;
  last_result_at: string | null;
  oldest_unsent_at: string | null;
  silences: Silence[];
  scheduler: "running" | "stopped" | "silent";
  store: "up" | "down";
  /** Why what was saved is not what runs, with file, line and remedy. */
  saved_problem: string | null;
}

/** A figure with its interval; `value` null where there is no data, `is_enough` false below the floor. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface VersionFigures {
  service_version: string;
  cohort: string | null;
  is_registered: boolean;
  n: number;
  sessions: number;
  is_enough: boolean;
  needed: number;
  p50: Figure | null;
  p75: Figure | null;
  p95: Figure | null;
  ratio: Figure | null;
  bins: [number, number, number][];
}

export interface Metric {
  metric: string;
  label: string;
  unit: "ms" | "score" | "ratio";
  better: "lower" | "higher";
  versions: VersionFigures[];
}

export interface Comparison {
  app: string;
  since: string;
  available: { service_version: string; page_views: number; is_registered: boolean }[];
  page_views: Record<string, number>;
  metrics: Metric[];
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
  steps: StepFigures[];
  monitors: Monitor[];
  failures: (Run & { cohort: string | null; location: string; status: RunStatus })[];
}

/** A claim about an app's pages; `lines` make it true, `seen` says what was seen of it. */
export interface Tick {
  tick: "script" | "accepted" | "kept" | "version" | "route" | "kpi";
  title: string;
  is_done: boolean;
  seen: string;
  hint: string;
  lines: string[];
}

/** What the collector did not keep in the last hour. `is_stray`: no key told whose it was. */
export interface Refused {
  reason: string;
  last_hour: number;
  field: string | null;
  detail: string | null;
  remedy: string;
  is_stray: boolean;
}

export interface Listening {
  app: string;
  base_url: string | null;
  collector: "up" | "down";
  store: "up" | "down";
  tag: string;
  is_direct: boolean;
  nginx: string;
  caddy: string;
  frameworks: { name: string; where: string; text: string }[];
  refused: Refused[];
  crawlers: { name: string; beacons: number }[];
  ticks: Tick[];
}

export interface Flag {
  key: string;
  app: string;
  state: "configured" | "set" | "killed";
  reach: string;
  kill: string;
  changed_at: string | null;
  changed_by: string | null;
  reason: string;
  description: string;
}

/** A row of GET /v1/releases. */
export interface Release {
  app: string;
  state: "none" | "under_way" | "aborted" | "no_stage";
  stage: string | null;
  stage_number: number | null;
  stages: number;
  exposure: string | null;
  started_at: string | null;
  since: string | null;
  verdict: Verdict["verdict"] | null;
  sentence: string | null;
  decided_at: string | null;
  next: string;
  armed: boolean;
  refused: string | null;
  hooks: { name: string; last_drill_at: string | null; drill_problem: string | null }[];
  actions: ReleaseAction[];
}

export interface ReleaseAction {
  action_id: string;
  hook: string;
  state: "would_have" | "executing" | "executed" | "verified" | "failed";
  cause: string;
  canary: string | null;
  requested_at: string;
  requested_by: string;
  reason: string;
  said: string;
  recovered_at: string | null;
  recovery: string;
}

/** A row of GET /v1/incidents. `monitor` and `name` only where the subject is a journey or check. */
export interface IncidentRow {
  incident_id: string;
  subject_kind: Incident["monitor"];
  subject: string;
  kind: Incident["kind"];
  app: string | null;
  monitor: "journey" | "check" | null;
  name: string | null;
  title: string;
  state: Incident["state"];
  severity: string;
  since: string;
  opened_at: string;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  resolved_at: string | null;
  service_version: string | null;
}

/** One incident as it went. Spans are seconds, null while it is not over. */
export interface History {
  incident: IncidentRow & { detect_s: number; acknowledge_s: number | null; resolve_s: number | null };
  transitions: { kind: string; at: string; by: string | null; run_id: string | null; title: string }[];
  notifications: {
    notification_id: string;
    transition: string;
    target: string;
    level: string;
    state: "pending" | "accepted" | "failing" | "given_up";
    attempts: number;
    accepted_at: string | null;
    last_error: string | null;
    is_maybe_duplicate: boolean;
  }[];
  findings: {
    part: string;
    cohort: string | null;
    location: string | null;
    since: string;
    step: string | null;
    service_version: string | null;
    error_message: string | null;
    healed_at: string | null;
    run_id: string | null;
    evidence: { kind: string; url: string }[];
  }[];
}

/** An error budget; ratios run 0..1, `left_ratio` below 0 where more than all is spent, null without data. */
export interface Budget {
  name: string;
  app: string;
  indicator: string;
  objective: number;
  since: string;
  until: string;
  valid: number;
  bad: number;
  allowed_bad: number;
  left_ratio: number | null;
  burn_rate: number | null;
  burn_window_s: number;
  state: "ok" | "warning" | "critical" | "spent" | "no_data";
  spent_at: string | null;
  spent_by: { service_version: string; bad: number; valid: number; ratio: number }[];
  points: { at: string; left_ratio: number }[];
}

/** One version in one span of GET /v1/vitals?every=…; the figures stand under their own names. */
export interface SeriesRow {
  app: string;
  service_version: string;
  starts_at: string;
  deployed_at: string | null;
  [figure: string]: string | number | boolean | null;
}
