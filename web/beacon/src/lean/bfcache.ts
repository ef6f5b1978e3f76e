import { safely } from "../guard";

type Act = (event: PageTransitionEvent) => void;

const acts: Act[] = [];
let restoredMs = -1;

export const getBFCacheRestoreTime = (): number => restoredMs;

/** One listener for all. */
export const onBFCacheRestore = (act: Act): void => {
  if (!acts[0]) {
    addEventListener(
      "pageshow",
      (event) => {
        if (!event.persisted) return;
        restoredMs = event.timeStamp;
        for (const each of acts) safely(each)(event);
      },
      true,
    );
  }
  acts.push(act);
};
