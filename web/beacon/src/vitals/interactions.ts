/**
 * Event timings, for two things that web-vitals does not do. The events of one frame together tell what an interaction
 * waited for: a press waits for the paint that its click delays. And a view that only history or a new version began
 * has its own responsiveness here; web-vitals counts on for the load, which would put one version's slowness on
 * another. Layout shifts have no such stand-in: the only browsers that report them know soft navigations.
 */

import { observe } from "../observe";
import { viewAt } from "../view";
import { keep } from "./report";

// More events than one frame has.
const MOST_RECENT = 20;

export const recent: PerformanceEventTiming[] = [];

export const watchInteractions = (): void => {
  const take = (entries: PerformanceEntry[]): void => {
    for (const entry of entries as PerformanceEventTiming[]) {
      const { startTime, duration, interactionId } = entry;
      recent.push(entry);
      if (recent.length > MOST_RECENT) recent.shift();
      const view = viewAt(startTime);
      // The worst of the view: below 50 interactions that is what the 98th percentile of web-vitals is, too.
      if (interactionId && view && /-change$/.test(view.told.navigation_type!) && !(view.vitals.inp_ms! >= duration)) {
        keep(view, "inp_ms", duration, {});
      }
    }
  };
  // 40 ms as web-vitals has it.
  observe(["event"], take, { durationThreshold: 40 });
};
