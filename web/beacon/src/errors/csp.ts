/** What the page's Content-Security-Policy forbade. Our own requests are left out: a report on them could not be sent. */

import { isOwn } from "../delivery";
import { scrubAddress } from "../scrub";
import { recordError } from "./record";

export const takeViolation = (event: Event): void => {
  const { effectiveDirective, blockedURI, disposition } = event as SecurityPolicyViolationEvent;
  if (isOwn(blockedURI)) return;
  const said = disposition + " " + effectiveDirective + " " + scrubAddress(blockedURI);
  recordError("csp", "SecurityPolicyViolation", said, event.timeStamp);
};
