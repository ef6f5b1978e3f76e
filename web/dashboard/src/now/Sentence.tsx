// One sentence that answers "what is broken?". Without results it is never green.
import type { Incident, Now } from "../model";
import { ago, at, count } from "../words";

const SILENT_AFTER_MS = 5 * 60_000; // three intervals of the default minute, and the longest deadline

export function sentenceOf(now: Now, clock: number): { text: string; tone: "good" | "bad" | "unsure" } {
  const open = now.incidents.filter((incident) => incident.state !== "resolved");
  const broken = now.incident_count - now.blind_count;
  if (broken > 0) {
    const things = broken === 1 ? "1 thing is broken." : `${count(broken)} things are broken.`;
    const first = open.find((incident) => incident.kind === "failure");
    if (!first) return { text: things, tone: "bad" };
    if (first.monitor === "release") return { text: `${things} ${releaseOf(first)}`, tone: "bad" };
    if (first.monitor !== "journey" && first.monitor !== "check")
      return { text: `${things} ${first.title} since ${at(first.since, clock)}.`, tone: "bad" };
    const failing = first.failing[0];
    const where = [failing?.service_version, failing?.cohort ? `(${failing.cohort})` : ""].filter(Boolean).join(" ");
    return {
      text: `${things} ${first.app} ${first.name} fails${where ? ` on ${where}` : ""} since ${at(first.since, clock)}.`,
      tone: "bad",
    };
  }
  if (now.unwritten !== null) return { text: "The records can't be written: nothing is judged.", tone: "unsure" };
  if (now.blind_count > 0) {
    const first = open[0];
    const things = now.blind_count === 1 ? "1 monitor can't be seen" : `${count(now.blind_count)} monitors can't be seen`;
    return { text: first ? `${things}: ${first.app} ${first.name} since ${at(first.since, clock)}.` : `${things}.`, tone: "unsure" };
  }
  if (now.monitor_count === 0) return { text: "Nothing is watched yet.", tone: "unsure" };
  if (now.last_result_at === null) return { text: `${count(now.monitor_count)} monitors, no result yet.`, tone: "unsure" };
  if (now.scheduler !== "running" || clock - Date.parse(now.last_result_at) > SILENT_AFTER_MS)
    return { text: `No results since ${at(now.last_result_at, clock)}.`, tone: "unsure" };
  if (now.failing_count > 0)
    return {
      text: `${count(now.failing_count)} of ${count(now.monitor_count)} failed in the last run; not confirmed yet.`,
      tone: "unsure",
    };
  return { text: `All ${count(now.monitor_count)} pass; last result ${ago(now.last_result_at, clock)}.`, tone: "good" };
}

/** `1.5.0 sells less: pause.` The title names the problem, the severity what to do, unless Leadline has done it. */
function releaseOf(incident: Incident): string {
  const wrong = incident.title.replace(`${incident.app} `, "").replace(` on ${incident.name}`, "");
  if (incident.is_rolled_back) return `${wrong}: rolled back.`;
  return `${wrong}: ${incident.severity === "critical" ? "roll back" : "pause"}.`;
}

export function Sentence({ now, clock }: { now: Now; clock: number }) {
  const { text, tone } = sentenceOf(now, clock);
  const sign = { good: "●", bad: "▲", unsure: "○" }[tone];
  return (
    <h1 class={`sentence ${tone}`} aria-live="polite">
      <span aria-hidden="true">{sign}</span> {text}
    </h1>
  );
}
