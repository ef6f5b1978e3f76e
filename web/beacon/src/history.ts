/**
 * Notices a change of path without a load. The Navigation API tells (Chromium 102, Safari 26, Firefox 147); older browsers
 * have `history` wrapped, because nothing else tells them of pushState.
 */

import { listen, safely } from "./guard";

export const watchHistory = (act: () => void): void => {
  const navigation = (window as { navigation?: EventTarget }).navigation;
  if (navigation) return listen(navigation, "currententrychange", act);
  const notice = safely(act);
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (...given) {
      original.apply(this, given);
      notice();
    };
  }
  listen(window, "popstate", act);
  listen(window, "hashchange", act);
};
