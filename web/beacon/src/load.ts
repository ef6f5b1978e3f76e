/** The load: the view that the document's own vitals belong to, or the latest return from the back/forward cache. */

import { activationStart, navigationKind } from "./navigation";
import { readTrace } from "./version";
import { beginView } from "./view";
import type { View } from "./views";

export let load: View | undefined;

export const setLoad = (view: View): void => {
  load = view;
};

export const beginLoad = (): void => {
  const view = beginView(navigationKind(), activationStart());
  view.told.trace_id = readTrace();
  setLoad(view);
};
