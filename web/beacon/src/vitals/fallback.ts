/**
 * Responsiveness of a view that only history or a new version began. web-vitals counts on for the load there, which would
 * put one version's slowness on another. Watched from the first such view on; a view that the browser calls a
 * soft navigation takes web-vitals' figure instead. Layout shifts have no such stand-in: the only browsers that
 * report them know soft navigations, and an absent figure is better than one by another definition.
 */

import { safely } from "../guard";
import { viewAt } from "../view";
import { keep } from "./report";

let isWatching = false;

export const watchFallback = (): void => {
  if (isWatching) return;
  isWatching = true;
  const take = safely((list: PerformanceObserverEntryList) => {
    for (const { startTime, duration, interactionId } of list.getEntries() as PerformanceEventTiming[]) {
      const view = viewAt(startTime);
      // The worst of the view: below 50 interactions that is what the 98th percentile of web-vitals is, too.
      if (interactionId && view && /-change$/.test(view.kind) && !(view.vitals.inp_ms! >= duration)) {
        keep(view, "inp_ms", duration, {});
      }
    }
  });
  // 40 ms as web-vitals has it.
  new PerformanceObserver(take).observe({ type: "event", durationThreshold: 40 } as PerformanceObserverInit);
};
