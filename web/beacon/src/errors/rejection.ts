/** Rejected promises that the page does not handle. */

import { recordThrown } from "./record";

export const takeRejection = (event: Event): void =>
  recordThrown("rejection", (event as PromiseRejectionEvent).reason, "", event.timeStamp);
