/** The slowest resources of the view, by what they were fetched for. */

import { scrubAddress } from "../scrub";
import { safely } from "../guard";
import { PAGE } from "../sections";
import type { Inside } from "../start";

// Three name the culprit; more is a waterfall, which the browser's own tools draw better.
const MOST = 3;
// A shorter one is not noticed by users.
const SLOW_MS = 300;

export const watchResources = ([, currentView, , touch]: Inside): void => {
  const slowest: PerformanceResourceTiming[] = [];
  const take = safely((list: PerformanceObserverEntryList) => {
    let isNew = false;
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      if (entry.duration < SLOW_MS || /fetch|xmlhttprequest|beacon/.test(entry.initiatorType)) continue;
      slowest.push(entry);
      isNew = true;
    }
    const view = isNew && currentView();
    if (!view) return;
    slowest.sort((one, other) => other.duration - one.duration).splice(MOST);
    slowest.forEach(({ name, duration }, index) => {
      view.attributes[`slow_resource_${index + 1}`] = scrubAddress(name);
      view.attributes[`slow_resource_${index + 1}_ms`] = Math.round(duration);
    });
    touch(view, PAGE);
  });
  new PerformanceObserver(take).observe({ type: "resource", buffered: true });
};
