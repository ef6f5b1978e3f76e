/** The browser's entries say of themselves what web-vitals asks the prototype for, which costs a page 0.1 ms. */
export const checkSoftNavsEnabled = (options?: { reportSoftNavs?: boolean }): boolean =>
  !!options?.reportSoftNavs && PerformanceObserver.supportedEntryTypes.includes("soft-navigation");

export const storeSoftNavEntry = (): void => undefined;
