/** Uncaught errors, and resources that did not load: both arrive as `error` at the window. */

import { scrubAddress } from "../scrub";
import { recordError, recordThrown } from "./record";

export const takeError = (event: Event): void => {
  const { error, message, lineno, timeStamp, filename } = event as ErrorEvent;
  const { localName, src, href } = event.target as Partial<HTMLImageElement & HTMLLinkElement>;
  if (localName) {
    recordError("resource", "ResourceError", localName + " " + scrubAddress(src || href || ""), timeStamp);
  } else if (!error && !lineno && /^script error/i.test(message)) {
    // A script of another origin without `crossorigin`: the browser hides what happened.
    recordError("cross-origin", "ScriptError", message, timeStamp);
  } else {
    recordThrown("uncaught", error, message, timeStamp, filename);
  }
};
