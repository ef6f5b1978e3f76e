/** Promises that were rejected and that nobody waited for. */

import { recordThrown } from "./record";

export const takeRejection = (event: Event): void =>
  recordThrown("rejection", (event as PromiseRejectionEvent).reason, "", event.timeStamp);
