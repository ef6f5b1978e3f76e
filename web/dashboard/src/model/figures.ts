// The server's read models of what users of each version experienced, and of arriving beacons.

/** A figure with its interval; `value` is null without data, `is_enough` is false if there are too few. */
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

/** One version in one span of GET /v1/vitals?every=…; the figures have their own names as keys. */
export interface SeriesRow {
  app: string;
  service_version: string;
  starts_at: string;
  deployed_at: string | null;
  [figure: string]: string | number | boolean | null;
}

/** A claim about an app's pages; `lines` make it true, `seen` says what was seen. */
export interface Tick {
  tick: "script" | "accepted" | "kept" | "version" | "route" | "kpi";
  title: string;
  is_done: boolean;
  seen: string;
  hint: string;
  lines: string[];
}

/** What the collector dropped in the last hour. `is_stray`: no key identified the app. */
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
