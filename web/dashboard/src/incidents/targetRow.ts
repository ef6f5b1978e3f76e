// What GET /v1/targets answers.
/** A row of GET /v1/targets: a target, and the result of the last page to it. */
export interface TargetRow {
  target: string;
  service: string;
  is_fallback: boolean;
  is_operator: boolean;
  waiting: number;
  last_state: string | null;
  last_at: string | null;
  last_transition: string | null;
  last_error: string | null;
}
