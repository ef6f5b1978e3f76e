/** How sure the browser is of a load's timings (Chromium 123), and whether the document came from a cache. */

import { navigationEntry, navigationKind } from "../navigation";
import { PAGE } from "../sections";
import type { Inside } from "../start";

export const nameTimings = ([, currentView, , touch]: Inside): void => {
  const view = currentView();
  const entry = navigationEntry();
  // The page may have gone on meanwhile.
  if (!view || view.told.navigation_type !== navigationKind()) return;
  if (entry?.confidence) view.attributes.confidence = entry.confidence.value;
  if (entry?.deliveryType) view.attributes.delivery_type = entry.deliveryType;
  touch(view, PAGE);
};
