/** Fetches the rest (`b-more.js`) once the page has nothing better to do, where `data-more` asks for it. */

import { safely } from "./guard";
import { settings } from "./settings";

export const fetchMore = (address: string, nonce: string): void => {
  if (settings.more == null) return;
  // Throws where the page's policy asks for trusted types.
  const addScript = safely(() => {
    const script = document.createElement("script");
    script.integrity = settings.moreIntegrity || "";
    script.nonce = nonce;
    script.src = new URL(settings.more || "b-more.js", address).href;
    document.head.append(script);
  });
  (window.requestIdleCallback || setTimeout)(addScript);
};
