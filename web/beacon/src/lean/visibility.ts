/** When the page was first hidden: what is painted later was not seen. */

import { listen, safely } from "../guard";
import { activationStart } from "../navigation";
import { onRestore } from "./restore";

const acts: (() => void)[] = [];
let hiddenMs = -1;

export const onHidden = (act: () => void): void => {
  acts.push(safely(act));
};

const begin = (): void => {
  hiddenMs = document.visibilityState === "hidden" ? 0 : Infinity;
};

/** `isAnew`: for a soft navigation. */
export const firstHiddenMs = (isAnew?: boolean): number => {
  if (hiddenMs < 0) {
    begin();
    for (const { name, startTime } of performance.getEntriesByType("visibility-state")) {
      if (name === "hidden" && startTime >= activationStart()) hiddenMs = Math.min(hiddenMs, startTime);
    }
    listen(window, "visibilitychange", ({ timeStamp }) => {
      if (document.visibilityState !== "hidden") return;
      for (const act of acts) act();
      hiddenMs = Math.min(hiddenMs, timeStamp);
    });
    onRestore(() => setTimeout(begin));
  }
  if (isAnew) hiddenMs = Infinity;
  return hiddenMs;
};
