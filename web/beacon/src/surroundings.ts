/** What the view was seen with: coarse classes only, nothing that tells one person from another. */

import type { Beacon } from "./wire";

export const surroundings = (): Partial<Beacon> => ({
  // Our own browsers are launched with this in their agent (leadline/wire/synthetic.py).
  synthetic: navigator.userAgent.includes("LeadlineSynthetic/") ? "test" : undefined,
  effective_connection_type: navigator.connection?.effectiveType,
  device_memory_gb: navigator.deviceMemory,
  cpu_tier: navigator.cpuPerformance,
  // The widths at which most style sheets change. Of the window: `innerWidth` makes Chromium lay the page out, and `screen` costs
  // a page that has not used it 0.5 ms (bench/beacon/).
  viewport: outerWidth < 600 ? "small" : outerWidth < 1200 ? "medium" : "large",
  referrer_origin: /^[\w-]+:\/\/[^/]+/.exec(document.referrer)?.[0],
});
