// The server's read models of a verdict, its metrics by segment, and its evidence over time.

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

/** One metric by segment. `difference_ratio` is null if the baseline's value is 0. */
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
