// Figures and times as a person reads them. A number without data is "no data", never 0.
import type { Figure, Metric } from "./model";

/** `Europe/Berlin (UTC+1)`: the zone of every time on screen. */
export function shownZone(now: number): string {
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" }).formatToParts(now);
  const offset = parts.find((part) => part.type === "timeZoneName")?.value.replace("GMT", "UTC") ?? "UTC";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone === "UTC" || zone === offset ? zone : `${zone} (${offset})`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.NumberFormat("en");

/** 14:02 today, "3 Nov 14:02" on another day. */
export function at(iso: string, now: number): string {
  const time = new Date(iso);
  const isToday = new Date(now).toDateString() === time.toDateString();
  return isToday ? clock.format(time) : `${day.format(time)} ${clock.format(time)}`;
}

export function ago(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

export const count = (value: number): string => whole.format(value);

/** `about 13,000`: a planned size, to two digits. */
export function about(value: number): string {
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))) - 1);
  return `about ${count(Math.round(value / digits) * digits)}`;
}

export function duration(ms: number | null): string {
  if (ms === null) return "no data";
  return ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `beside`: the largest value next to it, so that an interval uses one number of digits. */
export function amount(value: number | null, unit: Metric["unit"], beside = value ?? 0): string {
  if (value === null) return "no data";
  if (unit === "ms") return beside < 995 ? duration(value) : `${(value / 1000).toFixed(2)} s`;
  if (unit === "score") return value.toFixed(3);
  return percent(value, beside !== 0 && Math.abs(beside) < 0.01 ? 2 : 1);
}

/** `1.83 s (1.79 to 1.88)`: a figure is never bare. */
export function withInterval(figure: Figure | null, unit: Metric["unit"]): string {
  if (figure === null || figure.value === null) return "no data";
  if (figure.low === null || figure.high === null) return amount(figure.value, unit);
  const [value, low, high] = [figure.value, figure.low, figure.high].map((each) => amount(each, unit, figure.high ?? 0));
  const suffix = / .*$/.exec(value ?? "")?.[0] ?? "";
  const isShared = suffix !== "" && [low, high].every((each) => each?.endsWith(suffix));
  const bare = (text = "") => (isShared ? text.slice(0, -suffix.length) : text);
  return `${value} (${bare(low)} to ${bare(high)})`;
}

/** `4 min`, `2 h 5 min`: how long something took. */
export function span(seconds: number | null): string {
  if (seconds === null) return "not yet";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const percent = (ratio: number, places = 0): string => `${(ratio * 100).toFixed(places)} %`;
