// The server's read models of flags, releases and actions.

import type { Verdict } from "./verdicts";

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
  state: "none" | "under_way" | "waiting" | "not_seen" | "fallen_back" | "failed" | "aborted" | "no_stage";
  stage: string | null;
  stage_number: number | null;
  stages: number;
  exposure: string | null;
  exposed_by: "flag" | "hook" | "hand";
  /** What a person has to set now, and what the stage waits for: until new sessions show its share. */
  to_do: string | null;
  waits: string | null;
  seen_at: string | null;
  seen: string | null;
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
