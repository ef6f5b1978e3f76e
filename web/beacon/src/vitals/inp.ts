/**
 * Interaction to Next Paint (https://web.dev/articles/inp): what was touched, its three parts, and the script that ran
 * longest in that frame. The target is read while the entry is fresh, because frameworks remove what was clicked.
 */

import { onINP } from "web-vitals";
import { scrubAddress } from "../scrub";
import { options, report } from "./report";
import { selector } from "./selector";

interface LongFrame extends PerformanceEntry {
  scripts: { sourceURL: string; duration: number }[];
}

const longestScript = (startMs: number, endMs: number): string | undefined => {
  let longest = { sourceURL: "", duration: 0 };
  for (const frame of performance.getEntriesByType("long-animation-frame") as LongFrame[]) {
    if (frame.startTime + frame.duration < startMs || frame.startTime > endMs) continue;
    for (const script of frame.scripts) if (script.duration > longest.duration) longest = script;
  }
  return longest.sourceURL && scrubAddress(longest.sourceURL);
};

export const watchInp = (): void =>
  onINP((metric) => {
    const entry = metric.entries[0];
    let target: Node | null | undefined;
    let started = Infinity;
    let ended = 0;
    for (const part of metric.entries) {
      target ||= part.target;
      started = Math.min(started, part.processingStart);
      ended = Math.max(ended, part.processingEnd);
    }
    const paintedMs = entry ? entry.startTime + metric.value : 0;
    report(
      metric,
      "inp_ms",
      entry
        ? {
            inp_target: selector(target) || (entry as { targetSelector?: string }).targetSelector,
            inp_event: entry.name,
            inp_input_delay_ms: started - entry.startTime,
            inp_processing_ms: ended - started,
            inp_presentation_ms: Math.max(0, paintedMs - ended),
            inp_script: longestScript(entry.startTime, paintedMs),
          }
        : {},
    );
  }, options);
