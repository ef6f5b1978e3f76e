import type { Metric } from "web-vitals";

type Report = (metric: Metric) => void;

/** Every change, without ratings and deltas. */
export const bindReporter = (report: Report, metric: Metric): (() => void) => {
  let last: number | undefined;
  return () => {
    if (metric.value >= 0 && metric.value !== last) {
      last = metric.value;
      report(metric);
    }
  };
};
