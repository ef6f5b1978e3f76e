/** Time to First Byte (https://web.dev/articles/ttfb), with what it was spent on. A soft navigation has none. */

import { onTTFB } from "web-vitals";
import { activationStart } from "../navigation";
import { watch } from "./report";

export const watchTtfb = (): void =>
  watch(
    onTTFB,
    "ttfb_ms",
    ({ value, entries }) => {
      const entry = entries[0] as PerformanceNavigationTiming | undefined;
      if (!entry) return {};
      const [dns = 0, connect = 0, request = 0] = [entry.domainLookupStart, entry.connectStart, entry.connectEnd].map((ms) =>
        Math.max(0, ms - activationStart()),
      );
      return { ttfb_wait_ms: dns, ttfb_dns_ms: connect - dns, ttfb_connect_ms: request - connect, ttfb_request_ms: value - request };
    },
    { reportAllChanges: false, reportSoftNavs: false },
  );
