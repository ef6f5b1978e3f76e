/**
 * What the view was seen with: coarse classes only, nothing that tells one person from another. That a browser is a probe's, the
 * collector reads from its agent.
 */

import type { Beacon } from "./wire";

/** `isCheap`: without what the browser is asked through `navigator`, because the first question costs a page 17 kB (bench/beacon/). */
export const surroundings = (isCheap?: boolean): Partial<Beacon> => {
  const { connection, deviceMemory, cpuPerformance } = isCheap ? ({} as Partial<Navigator>) : navigator;
  return {
  effective_connection_type: connection?.effectiveType,
  device_memory_gb: deviceMemory,
  cpu_tier: cpuPerformance,
  // The widths at which most style sheets change. Of the window: `innerWidth` makes Chromium lay the page out, and `screen` costs
  // a page that has not used it 0.5 ms (bench/beacon/).
  viewport: outerWidth < 600 ? "small" : outerWidth < 1200 ? "medium" : "large",
  referrer_origin: /^[\w-]+:\/\/[^/]+/.exec(document.referrer)?.[0],
  };
};
