/** How the document came to be: the navigation's entry and its kind. */

let entry: PerformanceNavigationTiming | undefined;

/** There is one for a document's life, and asking for it makes a list each time. */
export const navigationEntry = (): PerformanceNavigationTiming | undefined =>
  (entry ||= performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined);

/** When the page was shown: 0, or later where it was prerendered. On the clock of `performance.now()`. */
export const activationStart = (): number => navigationEntry()?.activationStart || 0;

/** The names that `web-vitals` uses, so that a view and its vitals agree. */
export const navigationKind = (): string =>
  activationStart() > 0
    ? "prerender"
    : document.wasDiscarded
      ? "restore"
      : (navigationEntry()?.type || "navigate").replace("_", "-");
