/** Cumulative Layout Shift (https://web.dev/articles/cls), with the element that moved most. */

import { onCLS } from "web-vitals";
import { watch } from "./report";
import { selector } from "./selector";

interface Shift extends PerformanceEntry {
  value: number;
  sources?: { node?: Node | null }[];
}

export const watchCls = (): void =>
  watch(onCLS, "cls", ({ entries }) => {
    let largest: Shift | undefined;
    for (const shift of entries as Shift[]) if (!largest || shift.value > largest.value) largest = shift;
    return {
      cls_target: selector(largest?.sources?.[0]?.node),
      cls_at_ms: largest?.startTime,
    };
  });
