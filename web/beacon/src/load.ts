/** The load: the view that the document's own vitals belong to, or the latest return from the back/forward cache. */

import { activationStart, navigationEntry, navigationKind } from "./navigation";
import { readTrace } from "./version";
import { beginView } from "./view";
import type { View } from "./views";

export let load: View | undefined;

export const setLoad = (view: View): void => {
  load = view;
};

export const beginLoad = (): void => {
  const view = beginView(navigationKind(), activationStart());
  const entry = navigationEntry();
  view.told.trace_id = readTrace();
  // How sure the browser is of its timings (Chromium 123), and whether the document came from a cache.
  if (entry?.confidence) view.attributes.confidence = entry.confidence.value;
  if (entry?.deliveryType) view.attributes.delivery_type = entry.deliveryType;
  setLoad(view);
};
