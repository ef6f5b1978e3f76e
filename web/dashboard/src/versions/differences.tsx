// A difference with its bounds on one axis, harm to the right, and in words.
export const WIDTH = 240;
const HEIGHT = 22;
// A difference beyond the axis is drawn at its end.
const MOST_RATIO = 0.5;

export interface Difference {
  is_lower_harm: boolean;
  difference_ratio: number | null;
  low_ratio: number | null;
  high_ratio: number | null;
  margin: number | null;
}

/** Harm to the right, whichever direction the metric counts in. */
const harm = (shown: Difference, ratio: number) => (shown.is_lower_harm ? -ratio : ratio);

export function axisEnd(shown: Difference[]): number {
  const ends = shown.flatMap((one) => [one.low_ratio, one.high_ratio, one.margin]).map((ratio) => Math.abs(ratio ?? 0));
  return Math.min(MOST_RATIO, Math.max(0.05, ...ends));
}

export function Axis({ shown, end, tone }: { shown: Difference; end: number; tone: string }) {
  const x = (ratio: number) => WIDTH / 2 + (Math.max(-1, Math.min(1, ratio / end)) * (WIDTH - 8)) / 2;
  // A bound that is not known yet is drawn as far as the axis goes.
  const open = shown.difference_ratio !== null && (shown.low_ratio !== null || shown.high_ratio !== null) ? end : null;
  const bounds = [shown.low_ratio ?? (open === null ? null : -open), shown.high_ratio ?? open].map((ratio) => (ratio === null ? null : harm(shown, ratio)));
  const [low, high] = bounds[0] != null && bounds[1] != null ? [Math.min(bounds[0], bounds[1]), Math.max(bounds[0], bounds[1])] : [null, null];
  return (
    <svg class={`interval ${tone}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      {shown.margin !== null ? <rect x={x(0)} y={2} width={x(shown.margin) - x(0)} height={HEIGHT - 4} class="tolerated" /> : null}
      <path d={`M4 ${HEIGHT / 2}H${WIDTH - 4}M${x(0)} 1V${HEIGHT - 1}`} class="axis" />
      {low !== null && high !== null ? <rect x={x(low)} y={7} width={Math.max(2, x(high) - x(low))} height={8} class="range" /> : null}
      {shown.difference_ratio !== null ? <path d={`M${x(harm(shown, shown.difference_ratio))} 4V${HEIGHT - 4}`} class="mark" /> : null}
    </svg>
  );
}

// As in the sentence of a verdict.
const VITALS: Record<string, string> = { lcp_ms: "LCP", inp_ms: "INP", cls: "CLS", fcp_ms: "FCP", ttfb_ms: "TTFB" };
const WORDS: Record<string, string> = { errors: "sessions with an error", crashes: "sessions that crashed", journeys: "our own journeys" };

export function nameOf(name: string): string {
  if (name.startsWith("vital:")) return VITALS[name.slice(6)] ?? name.slice(6);
  if (name.startsWith("kpi:")) return name.slice(4).replace(/:value$/, "");
  const request = /^requests:(.*):(failed|time)$/.exec(name);
  if (request) return `${request[2] === "failed" ? "failed requests" : "request time"} ${request[1]}`;
  return WORDS[name] ?? name;
}

export function change(ratio: number | null): string {
  if (ratio === null) return "no data";
  const points = ratio * 100;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(Math.abs(points) >= 100 ? 0 : 1)} %`;
}

/** `+8.0 % (+3.1 % to +12.9 %)`. */
export const withBounds = (shown: Difference): string =>
  change(shown.difference_ratio) +
  (shown.low_ratio !== null && shown.high_ratio !== null ? ` (${change(shown.low_ratio)} to ${change(shown.high_ratio)})` : "");
