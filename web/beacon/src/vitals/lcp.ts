/** Largest Contentful Paint (https://web.dev/articles/lcp), with the element and the four parts of its time. */

import { onLCP } from "web-vitals";
import { activationStart, navigationEntry } from "../navigation";
import { scrubAddress } from "../scrub";
import { watch } from "./report";
import { selector } from "./selector";

export const watchLcp = (): void =>
  watch(onLCP, "lcp_ms", ({ value, entries, navigationStartTime }) => {
    const entry = entries[0];
    const url = entry?.url;
    const origin = navigationStartTime || activationStart();
    const resource = url ? (performance.getEntriesByName(url, "resource")[0] as PerformanceResourceTiming) : undefined;
    const ttfb = navigationStartTime || !entry ? 0 : Math.max(0, (navigationEntry()?.responseStart || 0) - origin);
    const asked = resource ? Math.max(ttfb, (resource.requestStart || resource.startTime) - origin) : ttfb;
    const loaded = resource ? Math.min(value, Math.max(asked, resource.responseEnd - origin)) : asked;
    return {
      lcp_target: selector(entry?.element),
      lcp_url: url && scrubAddress(url),
      lcp_load_delay_ms: resource && asked - ttfb,
      lcp_load_ms: resource && loaded - asked,
      lcp_render_delay_ms: value - loaded,
    };
  });
