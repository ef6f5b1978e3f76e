/**
 * Which version the page runs, and which cohort: asked again at every route change and before every event, because a tab
 * can outlive a deploy. The callback or attribute first, then `<meta name="version">`, then what the server said
 * of the document in `Server-Timing: version;desc="…"`.
 */

import { say } from "./scrub";
import { ask } from "./settings";
import { navigationEntry } from "./navigation";

// Not masked: a version may be a commit's hash, which looks like a token.
const LONGEST = 100;

const read = (name: "version" | "cohort" | "traceparent"): string | undefined => {
  let found = ask(name) || document.querySelector<HTMLMetaElement>("meta[name=" + name + "]")?.content;
  for (const timing of (!found && navigationEntry()?.serverTiming) || []) {
    if (timing.name === name) found = timing.description;
  }
  return found ? say(found).slice(0, LONGEST) : undefined;
};

export const readVersion = (): string | undefined => read("version");
/** W3C trace context: version, trace id, parent id, flags. */
export const readTrace = (): string | undefined => read("traceparent")?.split("-")[1];
export const readCohort = (): string | undefined => read("cohort");
