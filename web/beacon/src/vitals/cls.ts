/** Cumulative Layout Shift (https://web.dev/articles/cls), with the element that moved most. */

import { onCLS } from "web-vitals";
import { options, report } from "./report";
import { selector } from "./selector";

interface Shift extends PerformanceEntry {
  value: number;
  sources?: { node?: Node | null }[];
}

export const watchCls = (): void =>
  onCLS((metric) => {
    let largest: Shift | undefined;
    for (const shift of metric.entries as Shift[]) if (!largest || shift.value > largest.value) largest = shift;
    report(metric, "cls", {
      cls_target: selector(largest?.sources?.[0]?.node),
      cls_at_ms: largest?.startTime,
    });
  }, options);
