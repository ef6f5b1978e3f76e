import type { Metric } from "web-vitals";
import { listen } from "../guard";
import { activationStart, navigationEntry } from "../navigation";
import { measure, type Report } from "./metric";
import { onRestore } from "./restore";

const whenLoaded = (act: () => void): void => {
  // `load` may come from a frame's or a picture's, too.
  if (document.readyState !== "complete") listen(window, "load", () => whenLoaded(act));
  else setTimeout(act);
};

/** Time to First Byte of the load; a return from the cache waits for none. */
export const onTTFB = (report: Report): void =>
  whenLoaded(() => {
    const entry = navigationEntry();
    const tell = (value: number, entries: PerformanceEntry[]): void => report(measure(value, entries) as unknown as Metric);
    // Some browsers have told of answers that were never or not yet there: those are no times to measure.
    if (!entry || !(entry.responseStart > 0 && entry.responseStart < performance.now())) return;
    tell(Math.max(entry.responseStart - activationStart(), 0), [entry]);
    onRestore(() => tell(0, []));
  });
