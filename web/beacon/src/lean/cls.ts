import { onFCP } from "./fcp";
import { follow, type Report } from "./metric";

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

/** Cumulative Layout Shift: the worst window of shifts, each within a second of the last and all within five. */
export const onCLS = (report: Report): void => {
  let isFollowed = false;
  // A page that was never painted has none.
  onFCP(() => {
    if (isFollowed) return;
    isFollowed = true;
    let sum = 0;
    let shifts: Shift[] = [];
    follow(report, {
      _types: ["layout-shift"],
      first: 0,
      begin: () => {
        sum = 0;
      },
      _add: (entry) => {
        const { value, startTime, hadRecentInput } = entry as Shift;
        if (hadRecentInput) return;
        if (!sum || startTime - shifts.at(-1)!.startTime >= 1000 || startTime - shifts[0]!.startTime >= 5000) {
          sum = 0;
          shifts = [];
        }
        sum += value;
        shifts.push(entry as Shift);
      },
      settle: (metric) => {
        if (sum > metric.value) {
          metric.value = sum;
          metric.entries = shifts;
        }
      },
    });
  });
};
