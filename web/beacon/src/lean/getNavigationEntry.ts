import { navigationEntry } from "../navigation";

/** Some browsers have told of answers that were never or not yet there: those are no times to measure. */
export const getNavigationEntry = (): PerformanceNavigationTiming | undefined => {
  const { responseStart } = navigationEntry() || ({} as PerformanceNavigationTiming);
  return responseStart > 0 && responseStart < performance.now() ? navigationEntry() : undefined;
};
