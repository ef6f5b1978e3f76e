/** Time to First Byte (https://web.dev/articles/ttfb), with what it was spent on. A soft navigation has none. */

import { onTTFB } from "web-vitals";
import { options, report } from "./report";

export const watchTtfb = (): void =>
  onTTFB((metric) => {
    if (metric.navigationType === "soft-navigation") return;
    const entry = metric.entries[0] as PerformanceNavigationTiming | undefined;
    report(
      metric,
      "ttfb_ms",
      entry
        ? {
            ttfb_dns_ms: entry.domainLookupEnd - entry.domainLookupStart,
            ttfb_connect_ms: entry.connectEnd - entry.connectStart,
            ttfb_request_ms: entry.responseStart - entry.requestStart,
          }
        : {},
    );
  }, options);
