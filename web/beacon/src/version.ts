/**
 * Which version the page runs, and which cohort: asked again at every route change and before every event, because a tab
 * can outlive a deploy. The callback or attribute first, then `<meta name="version">`, then what the server said
 * of the document in `Server-Timing: version;desc="…"`.
 */

import { safely } from "./guard";
import { say } from "./scrub";
import { ask } from "./settings";
import { navigationEntry } from "./navigation";

// Not masked: a version may be a commit's hash, which looks like a token.
const LONGEST = 100;

const read = (name: "version" | "cohort"): string | undefined => {
  let found = ask(name) || document.querySelector("meta[name=" + name + "]")?.getAttribute("content");
  for (const timing of (!found && navigationEntry()?.serverTiming) || []) {
    if (timing.name === name) found = timing.description;
  }
  return found ? say(found).slice(0, LONGEST) : undefined;
};

export const readVersion = (): string | undefined => read("version");
export const readCohort = (): string | undefined => read("cohort");

let crashReport: Promise<void> | undefined;
let told: string | undefined;

/** A crash report of the browser's carries this version (Chromium; docs/snippet.md has the header it needs). */
export const tellCrashReport = safely((version: string | undefined): void => {
  const report = window.crashReport;
  // 256 bytes: what the report may hold; a name and a version need 120 at most.
  if (version && version !== told && report) {
    told = version;
    (crashReport ||= report.initialize(256)).then(() => report.set("version", version)).catch(() => undefined);
  }
});
