import { activationStart } from "../navigation";
import { follow, type Entry, type Report } from "./metric";
import { firstHiddenMs } from "./visibility";

type Paint = PerformanceEntry & { renderTime: number };
/** The largest paint that an interaction led to. */
type InteractionPaint = Entry & { largestContentfulPaint?: Paint };
type SoftNavigation = Entry & { getLargestInteractionContentfulPaint?: () => InteractionPaint | undefined };

/** Largest Contentful Paint. A browser ends it by itself, with the first key or click. */
export const onLCP = (report: Report): void => {
  firstHiddenMs();
  follow(report, {
    _types: ["largest-contentful-paint", "interaction-contentful-paint"],
    first: -1,
    begin: (metric, origin) => {
      if (!origin) return;
      firstHiddenMs(true);
      const paint = (origin as SoftNavigation).getLargestInteractionContentfulPaint?.();
      if (paint) addPaint(paint, metric);
    },
    _add: addPaint,
  });
};

const addPaint: Parameters<typeof follow>[1]["_add"] = (entry, metric) => {
  const { entryType, startTime } = entry;
  let paint: PerformanceEntry | undefined = entry;
  let paintedMs = startTime;
  let value = startTime - activationStart();
  if (entryType[0] === "i") {
    // Of an interaction that led nowhere.
    if (!metric.navigationId || (entry.interactionId && entry.interactionId !== metric.navigationInteractionId)) return;
    paint = (entry as InteractionPaint).largestContentfulPaint;
    paintedMs = (paint as Paint | undefined)?.renderTime || 0;
    value = paintedMs - startTime;
  }
  if (paintedMs < firstHiddenMs()) {
    metric.value = Math.max(value, 0);
    metric.entries = paint ? [paint] : [];
  }
};
