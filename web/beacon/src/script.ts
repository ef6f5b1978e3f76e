/** `b.js`: starts from its own tag. A second inclusion finds `window.leadline` and does nothing. */

import { safely } from "./guard";
import { fetchMore } from "./more";
import type { Settings } from "./settings";
import { start, type EarlyQueue, type Leadline } from "./start";

safely((page: { leadline?: EarlyQueue & Partial<Leadline> }) => {
  const script = document.currentScript as HTMLScriptElement | null;
  const early = page.leadline;
  if (!script || early?.version) return;
  const { dataset, src, nonce } = script;
  page.leadline = start(dataset as unknown as Settings, src, early);
  fetchMore(src, nonce);
})(window as never);
