/** What the view was seen with: coarse classes only, nothing that tells one person from another. */

import type { Beacon } from "./wire";

/** `isCheap`: without what the browser is asked through `navigator`, because the first question costs a page 17 kB (bench/beacon/). */
export const surroundings = (isCheap?: boolean): Partial<Beacon> => ({
  ...(!isCheap && {
    // Our own browsers are launched with `LeadlineSynthetic` in their agent (leadline/wire/synthetic.py); the collector reads it too.
    synthetic: (/LeadlineSynthetic/.exec(navigator.userAgent) && "test") as "test",
    effective_connection_type: navigator.connection?.effectiveType,
    device_memory_gb: navigator.deviceMemory,
    cpu_tier: navigator.cpuPerformance,
  }),
  // The widths at which most style sheets change. Of the window: `innerWidth` makes Chromium lay the page out, and `screen` costs
  // a page that has not used it 0.5 ms (bench/beacon/).
  viewport: outerWidth < 600 ? "small" : outerWidth < 1200 ? "medium" : "large",
  referrer_origin: document.referrer.split?.("/", 3).join("/"),
});
