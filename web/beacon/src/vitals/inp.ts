/**
 * Interaction to Next Paint (https://web.dev/articles/inp): what was touched, and its three parts. The target is read while
 * the entry is fresh, because frameworks remove what was clicked.
 */

import { onINP } from "web-vitals";
import { recent } from "./interactions";
import { watch } from "./report";
import { selector } from "./selector";

export const watchInp = (): void =>
  watch(onINP, "inp_ms", ({ entries }) => {
    const entry: PerformanceEventTiming | undefined = entries[0];
    const begunMs = entry?.startTime!;
    const paintedMs = begunMs + entry?.duration!;
    let target: Node | null | undefined;
    let started = Infinity;
    let ended = 0;
    // All events of that frame; browsers round durations to 8 ms.
    for (const part of [...entries, ...recent]) {
      if (Math.abs(part.startTime + part.duration - paintedMs) > 8) continue;
      target ||= part.target;
      started = Math.min(started, part.processingStart);
      ended = Math.max(ended, part.processingEnd);
    }
    // Without an entry (web-vitals estimates what is too short to be reported) the parts are not numbers, and left out.
    return {
      inp_target: selector(target) || (entry as { targetSelector?: string } | undefined)?.targetSelector,
      inp_event: entry?.name,
      inp_input_delay_ms: started - begunMs,
      inp_processing_ms: entry && ended - started,
      inp_presentation_ms: Math.max(0, paintedMs - ended),
    };
  });
