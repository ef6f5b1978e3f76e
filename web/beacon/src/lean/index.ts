/**
 * What the scripts measure with in place of web-vitals (https://github.com/GoogleChrome/web-vitals, Apache-2.0), whose rules these
 * are: with one observer for all vitals, every change told, and no ratings, deltas or ids. The module `@leadline/beacon` has
 * web-vitals itself. tests/beacon/test_vitals.py compares both with what the browser says.
 */

export type { Metric } from "web-vitals";
export { onCLS } from "./cls";
export { onFCP } from "./fcp";
export { onINP } from "./inp";
export { onLCP } from "./lcp";
export { onTTFB } from "./ttfb";
