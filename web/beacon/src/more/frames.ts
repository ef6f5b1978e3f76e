/** Long animation frames, rolled up by the script that ran in them: which script of this version costs what. */

import { safely } from "../guard";
import { scrubAddress } from "../scrub";
import { PAGE } from "../sections";
import type { Inside } from "../start";

const MOST_SCRIPTS = 3;

interface LongFrame extends PerformanceEntry {
  blockingDuration: number;
  scripts: { sourceURL: string; duration: number }[];
}

export const watchFrames = ([, currentView, , touch]: Inside): void => {
  const costs = new Map<string, number>();
  let of: string | undefined;
  const take = safely((list: PerformanceObserverEntryList) => {
    const view = currentView();
    if (!view) return;
    if (of !== view.told.page_view_id) costs.clear();
    of = view.told.page_view_id;
    let blockedMs = (view.attributes.blocked_ms as number) || 0;
    for (const frame of list.getEntries() as LongFrame[]) {
      blockedMs += frame.blockingDuration;
      for (const { sourceURL, duration } of frame.scripts) {
        const script = scrubAddress(sourceURL) || "(inline)";
        costs.set(script, (costs.get(script) || 0) + duration);
      }
    }
    view.attributes.blocked_ms = Math.round(blockedMs);
    [...costs]
      .sort((one, other) => other[1] - one[1])
      .slice(0, MOST_SCRIPTS)
      .forEach(([script, spentMs], index) => {
        view.attributes[`busy_script_${index + 1}`] = script;
        view.attributes[`busy_script_${index + 1}_ms`] = Math.round(spentMs);
      });
    touch(view, PAGE);
  });
  new PerformanceObserver(take).observe({ type: "long-animation-frame", buffered: true });
};
