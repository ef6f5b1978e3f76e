/** The page's own `performance.mark`, `performance.measure` and `elementtiming`, each by its name. */

import { safely } from "../guard";
import { annotate } from "../scrub";
import { PAGE } from "../sections";
import type { Inside } from "../start";

export const watchMarks = ([, currentView, , touch, since]: Inside): void => {
  const take = safely((list: PerformanceObserverEntryList) => {
    const view = currentView();
    if (!view) return;
    for (const entry of list.getEntries()) {
      const { entryType, startTime, duration, name } = entry;
      const called = entryType === "element" ? (entry as PerformanceEntry & { identifier: string }).identifier : name;
      annotate(view.attributes, `${entryType}_${called}_ms`, entryType === "measure" ? Math.round(duration) : since(view, startTime));
    }
    touch(view, PAGE);
  });
  for (const type of ["mark", "measure", "element"]) {
    safely(() => new PerformanceObserver(take).observe({ type, buffered: true }))();
  }
};
