import { safely } from "../guard";
import { activationStart } from "../navigation";
import { onBFCacheRestore } from "./bfcache";

const acts: (() => void)[] = [];
let firstHiddenTime = -1;

const watcher = {
  get firstHiddenTime() {
    return firstHiddenTime;
  },
  onHidden: (act: () => void): void => {
    acts.push(safely(act));
  },
};

const beginTime = (): void => {
  firstHiddenTime = document.visibilityState === "hidden" ? 0 : Infinity;
};

/** As in web-vitals, less what a page that is still being prerendered would need. */
export const getVisibilityWatcher = (isAnew?: boolean): typeof watcher => {
  if (isAnew) firstHiddenTime = Infinity;
  if (firstHiddenTime < 0) {
    beginTime();
    for (const { name, startTime } of performance.getEntriesByType("visibility-state")) {
      if (name === "hidden" && startTime >= activationStart()) firstHiddenTime = Math.min(firstHiddenTime, startTime);
    }
    addEventListener(
      "visibilitychange",
      ({ timeStamp }) => {
        if (document.visibilityState !== "hidden") return;
        for (const act of acts) act();
        firstHiddenTime = Math.min(firstHiddenTime, timeStamp);
      },
      true,
    );
    onBFCacheRestore(() => setTimeout(beginTime));
  }
  return watcher;
};
