// The server's read models of past incidents and budgets.

import type { Incident } from "./monitors";

/** A row of GET /v1/incidents. `monitor` and `name` only if the subject is a journey or check. */
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

/** The course of one incident. Spans are seconds, null while it is not over. */
export interface History {
  incident: IncidentRow & { detect_s: number; acknowledge_s: number | null; resolve_s: number | null };
  transitions: { kind: string; at: string; by: string | null; run_id: string | null; title: string }[];
  notes: { note_id: string; at: string; by: string; text: string }[];
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

/** An error budget; ratios run 0..1, `left_ratio` is below 0 if the budget is overspent, null without data. */
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

/** A deployment, or a change of a flag: drawn on every time axis. */
export interface Mark {
  app: string;
  at: string;
  kind: "deployment" | "flag";
  name: string;
  by: string;
}

/** DORA's four keys of one app; null where there is nothing to count. */
export interface Delivery {
  app: string;
  since: string;
  until: string;
  deployments: number;
  deployments_per_day: number | null;
  lead_time_s: number | null;
  n_lead_times: number;
  change_failure_ratio: number | null;
  n_failed_deployments: number;
  recovery_time_s: number | null;
  n_recoveries: number;
  how: Record<"deployments_per_day" | "lead_time_s" | "change_failure_ratio" | "recovery_time_s", string>;
}
