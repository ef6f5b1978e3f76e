import { navigationEntry } from "../navigation";

let last = 0;

/** Without names and ratings, and with ids that are unique in this page; a load's `navigationType` is the view's to know. */
export const initMetric = (
  value = -1,
  navigationType?: string,
  navigationId?: number,
  navigationInteractionId?: number,
  navigationURL?: string,
  navigationStartTime?: number,
): object => ({
  value,
  entries: [],
  id: ++last,
  navigationType,
  navigationId: navigationId || navigationEntry()?.navigationId || 0,
  navigationInteractionId,
  navigationURL,
  navigationStartTime,
});
