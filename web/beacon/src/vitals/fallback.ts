/**
 * Responsiveness and stability of a view that only history or a new version began. web-vitals counts on for the load
 * there, which would put one version's slowness on another. Watched from the first such view on; a view that
 * the browser itself calls a soft navigation takes web-vitals' figures instead.
 */

import { safely } from "../guard";
import { viewAt, type View } from "../view";
import { keep } from "./report";

interface Timed extends PerformanceEntry {
  interactionId?: number;
  value?: number;
  hadRecentInput?: boolean;
}

// A session window of layout shifts: gaps below 1 s, 5 s in all (https://web.dev/articles/cls).
const GAP_MS = 1000;
const WINDOW_MS = 5000;

let isWatching = false;
let windowOf: View | undefined;
let firstMs = 0;
let lastMs = 0;
let sum = 0;

const observe = safely((type: string, take: (entry: Timed, view: View) => void): void => {
  const notice = safely((list: PerformanceObserverEntryList) => {
    for (const entry of list.getEntries()) {
      const view = viewAt(entry.startTime);
      if (view && /-change$/.test(view.kind)) take(entry, view);
    }
  });
  // 40 ms as web-vitals has it; `type` alone, because Firefox knows no `layout-shift`.
  new PerformanceObserver(notice).observe({ type, durationThreshold: 40 } as PerformanceObserverInit);
});

const worsen = (view: View, name: "inp_ms" | "cls", value: number): void => {
  if (!(view.vitals[name]! >= value)) keep(view, name, value, {});
};

export const watchFallback = (): void => {
  if (isWatching) return;
  isWatching = true;
  observe("event", (entry, view) => {
    if (entry.interactionId) worsen(view, "inp_ms", entry.duration);
  });
  observe("layout-shift", ({ startTime, value, hadRecentInput }, view) => {
    if (hadRecentInput) return;
    if (view !== windowOf || startTime - lastMs > GAP_MS || startTime - firstMs > WINDOW_MS) {
      windowOf = view;
      firstMs = startTime;
      sum = 0;
    }
    lastMs = startTime;
    worsen(view, "cls", (sum += value!));
  });
};
