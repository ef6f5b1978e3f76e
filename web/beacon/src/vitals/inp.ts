/**
 * Interaction to Next Paint (https://web.dev/articles/inp): what was touched, and its three parts. The target is read while
 * the entry is fresh, because frameworks remove what was clicked.
 */

import { onINP } from "web-vitals";
import { options, report } from "./report";
import { selector } from "./selector";

export const watchInp = (): void =>
  onINP((metric) => {
    const entry = metric.entries[0];
    let target: Node | null | undefined;
    let started = NaN;
    let ended = 0;
    for (const part of metric.entries) {
      target ||= part.target;
      started = started < part.processingStart ? started : part.processingStart;
      ended = Math.max(ended, part.processingEnd);
    }
    const begunMs = entry?.startTime!;
    // Without an entry (web-vitals estimates what is too short to be reported) the parts are not numbers, and left out.
    report(metric, "inp_ms", {
      inp_target: selector(target) || (entry as { targetSelector?: string } | undefined)?.targetSelector,
      inp_event: entry?.name,
      inp_input_delay_ms: started - begunMs,
      inp_processing_ms: ended - started,
      inp_presentation_ms: Math.max(0, begunMs + metric.value - ended),
    });
  }, options);
