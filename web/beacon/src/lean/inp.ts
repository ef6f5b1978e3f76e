import { follow, type Report } from "./metric";

interface Interaction {
  id: number;
  longestMs: number;
  _entries: PerformanceEventTiming[];
}

// The 98th percentile of 500 interactions is the tenth from the top.
const MOST = 10;
// As web-vitals has it; browsers report nothing that took less than 16.
const NOTICED_MS = 40;
// What a browser does not report took no longer.
const UNREPORTED_MS = 8;

/**
 * How many interactions there were (Chromium 96, Firefox 144, Safari 26.2). An older browser is not made to tell of each event to be
 * counted: there the longest interaction stands for the 98th percentile, which below 50 interactions it is.
 */
const countInteractions = (): number => performance.interactionCount || 0;

/** In the next idle time, at the latest after a second; at once where the page is hidden (`follow` asks again then). */
const whenIdleOrHidden = (act: () => void): void => {
  if (document.visibilityState === "hidden") act();
  else (window.requestIdleCallback || setTimeout)(act, { timeout: 1000 } as IdleRequestOptions & number);
};

/** Interaction to Next Paint: nearly the longest interaction. */
export const onINP = (report: Report): void => {
  let before = 0;
  let longest: Interaction[] = [];
  follow(report, {
    _types: ["event", "first-input"],
    first: -1,
    options: { durationThreshold: NOTICED_MS },
    when: whenIdleOrHidden,
    begin: (metric) => {
      longest = [];
      if (metric.navigationType) before = countInteractions();
    },
    _add: (entry) => {
      const { interactionId, duration, startTime } = entry as PerformanceEventTiming;
      if (!interactionId) return;
      let known = longest.find((each) => each.id === interactionId);
      if (!known) longest.push((known = { id: interactionId, longestMs: -1, _entries: [] }));
      if (duration > known.longestMs) {
        known.longestMs = duration;
        known._entries = [];
      }
      if (duration === known.longestMs && (!known._entries[0] || startTime === known._entries[0].startTime)) {
        known._entries.push(entry as PerformanceEventTiming);
      }
      longest.sort((one, other) => other.longestMs - one.longestMs).splice(MOST);
    },
    settle: (metric) => {
      const count = countInteractions() - before;
      const found = longest[Math.min(longest.length - 1, Math.floor(count / 50))];
      if (found || (count && metric.navigationType)) {
        metric.value = found ? found.longestMs : UNREPORTED_MS;
        metric.entries = found ? found._entries : [];
      }
    },
  });
};
