/** One vital of one navigation: begun anew by a soft navigation and by a return from the back/forward cache. */

import type { Metric } from "web-vitals";
import { navigationEntry } from "../navigation";
import { observe } from "../observe";
import { onRestore } from "./restore";
import { onHidden } from "./visibility";

export type Report = (metric: Metric) => void;

/** An entry with what is known of a soft navigation (Chromium). */
export type Entry = PerformanceEntry & { navigationId?: number; interactionId?: number };

export interface Measured {
  value: number;
  entries: PerformanceEntry[];
  /** Which soft navigation it belongs to, or that it is a return from the cache; nothing for the load. */
  navigationType?: string | undefined;
  navigationId: number;
  navigationInteractionId: number | undefined;
  navigationURL: string | undefined;
  navigationStartTime: number | undefined;
}

/** `origin` is the entry of the soft navigation. */
export const measure = (value: number, entries: PerformanceEntry[], navigationType?: string, origin?: Entry): Measured => ({
  value,
  entries,
  navigationType,
  navigationId: origin?.navigationId || navigationEntry()?.navigationId || 0,
  navigationInteractionId: origin?.interactionId,
  navigationURL: origin?.name,
  navigationStartTime: origin?.startTime,
});

/** After the frame that shows what is there now. */
export const whenPainted = (act: () => void): void => {
  requestAnimationFrame(() => requestAnimationFrame(act));
};

interface How {
  _types: string[];
  /** Of a navigation in which nothing has happened; less than 0 is not told. */
  first: number;
  options?: object;
  /** Adds an entry. */
  _add: (entry: Entry, metric: Measured) => void;
  /** A navigation begins. */
  begin?: (metric: Measured, origin?: Entry) => void;
  /** Makes a value of what was added. */
  settle?: (metric: Measured) => void;
  /** When the value is reported. */
  when?: (act: () => void) => void;
}

/** Follows a vital. */
export const follow = (report: Report, { _types, first, options, _add, begin, settle, when = (act) => act() }: How): void => {
  let metric: Measured;
  let last: number | undefined;
  const tell = (): void => {
    settle?.(metric);
    if (metric.value >= 0 && metric.value !== last) {
      last = metric.value;
      report(metric as unknown as Metric);
    }
  };
  const renew = (navigationType?: string, origin?: Entry): void => {
    metric = measure(first, [], navigationType, origin);
    last = undefined;
    begin?.(metric, origin);
  };
  const take = (entries: Entry[]): void => {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry.entryType === "soft-navigation") {
        tell();
        renew(entry.entryType, entry);
      } else {
        _add(entry, metric);
      }
    }
    when(tell);
  };
  renew();
  // `observe` passes over what a browser does not know.
  const watch = observe([..._types, "soft-navigation"], take, options);
  if (!watch) return;
  setTimeout(tell);
  onHidden(() => (watch(), take([])));
  onRestore((event) => {
    renew("back-forward-cache");
    whenPainted(() => {
      // Of what was there already, the return is the paint. Only paints need no settling.
      if (!settle) metric.value = performance.now() - event.timeStamp;
      tell();
    });
  });
};
