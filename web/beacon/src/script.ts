/** `b.js`: starts from its own tag. A second inclusion finds `window.leadline` and does nothing. */

import { safely } from "./guard";
import { start, type EarlyQueue, type Leadline } from "./start";
import { readTag } from "./tag";

const page = window as unknown as { leadline?: Partial<EarlyQueue> & Partial<Leadline> };

safely(() => {
  const script = document.currentScript;
  if (page.leadline?.version || !(script instanceof HTMLScriptElement)) return;
  const early = page.leadline?.q ? (page.leadline as EarlyQueue) : undefined;
  page.leadline = start(readTag(script), early);
})();
