/** Clicks in rage and clicks that did nothing: what a user feels when everything answers 200. */

import { listen } from "../guard";
import { PAGE } from "../sections";
import type { Inside } from "../start";
import { selector } from "../vitals/selector";

// Three clicks within a second in one place is what session-replay tools call rage.
const RAGE_CLICKS = 3;
const RAGE_MS = 1_000;
// A click is dead where within this time nothing in the page changed, no address and no scroll position.
const DEAD_MS = 1_500;

export const watchClicks = ([, currentView, , touch]: Inside): void => {
  let recent: Event[] = [];
  const count = (kind: string, target: EventTarget | null): void => {
    const view = currentView();
    if (!view) return;
    view.attributes[kind] = ((view.attributes[kind] as number) || 0) + 1;
    view.attributes[kind + "_target"] = selector(target as Node | null) || "";
    touch(view, PAGE);
  };
  listen(document, "click", (event) => {
    const { target, timeStamp } = event;
    recent = recent.filter((past) => past.target === target && timeStamp - past.timeStamp < RAGE_MS);
    recent.push(event);
    if (recent.length === RAGE_CLICKS) count("rage_clicks", target);
    if (!(target as Element).closest?.("a,button,input,select,label,[role=button],[onclick]")) return;
    let hasChanged = false;
    const address = location.href;
    const change = (): void => {
      hasChanged = true;
    };
    const observer = new MutationObserver(change);
    observer.observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
    for (const type of ["scroll", "input", "change", "focusin", "pagehide"]) {
      addEventListener(type, change, { capture: true, once: true });
    }
    setTimeout(() => {
      observer.disconnect();
      for (const type of ["scroll", "input", "change", "focusin", "pagehide"]) removeEventListener(type, change, true);
      if (!hasChanged && location.href === address) count("dead_clicks", target);
    }, DEAD_MS);
  });
};
