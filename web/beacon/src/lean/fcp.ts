import type { Metric } from "web-vitals";
import { activationStart } from "../navigation";
import { observe } from "../observe";
import { measure, whenPainted, type Entry, type Report } from "./metric";
import { onRestore } from "./restore";
import { firstHiddenMs } from "./visibility";

/** First Contentful Paint: of the load, of a soft navigation, and of a return from the cache. */
export const onFCP = (report: Report): void => {
  const tell = (value: number, entries: Entry[], navigationType?: string, origin?: Entry): void =>
    report(measure(Math.max(value, 0), entries, navigationType, origin) as unknown as Metric);
  firstHiddenMs();
  const watch = observe(["paint", "soft-navigation"], (entries) => {
    for (const entry of entries as (Entry & { presentationTime?: number; paintTime?: number })[]) {
      const { entryType, name, startTime } = entry;
      if (entryType !== "paint") {
        tell((entry.presentationTime || entry.paintTime || 0) - startTime, [], entryType, entry);
      } else if (name === "first-contentful-paint" && startTime < firstHiddenMs()) {
        tell(startTime - activationStart(), [entry]);
      }
    }
  });
  if (watch) {
    onRestore(({ timeStamp }) => whenPainted(() => tell(performance.now() - timeStamp, [], "back-forward-cache")));
  }
};
