/** Uncaught errors, and resources that did not load: both arrive as `error` at the window. */

import { scrubAddress } from "../scrub";
import { recordError, recordThrown } from "./record";

export const takeError = (event: Event): void => {
  const { error, message, lineno } = event as ErrorEvent;
  const element = event.target as (Element & { src?: string; href?: string }) | Window | null;
  if (element && element !== window && "nodeName" in element) {
    const address = element.src || element.href;
    if (typeof address === "string" && address) {
      const said = element.nodeName.toLowerCase() + " " + scrubAddress(address);
      recordError("resource", "ResourceError", said, undefined, event.timeStamp);
    }
  } else if (!error && !lineno && /^script error\.?$/i.test(message)) {
    // A script of another origin without `crossorigin`: the browser hides what happened.
    recordError("cross-origin", "ScriptError", message, undefined, event.timeStamp);
  } else {
    recordThrown("uncaught", error, message, event.timeStamp);
  }
};
