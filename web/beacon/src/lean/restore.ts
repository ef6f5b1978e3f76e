/** Returns from the back/forward cache: one listener for all. */

import { listen, safely } from "../guard";

type Act = (event: PageTransitionEvent) => unknown;

const acts: Act[] = [];

export const onRestore = (act: Act): void => {
  if (!acts[0]) {
    listen<PageTransitionEvent>(window, "pageshow", (event) => {
      if (event.persisted) for (const each of acts) safely(each)(event);
    });
  }
  acts.push(act);
};
