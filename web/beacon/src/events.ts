/** Business events: what `leadline.event("checkout_completed", { value: 42.5 })` records. */

import { annotate, mask } from "./scrub";
import { EVENTS } from "./sections";
import { append, currentView, renewView, since } from "./view";

export interface EventDetails {
  /** The figure that is added up or averaged per version. */
  value?: number;
  [attribute: string]: string | number | boolean | undefined;
}

export const recordEvent = (given: string, details?: EventDetails | null, nowMs?: number): void => {
  details ||= {};
  renewView();
  const view = currentView();
  const name = mask(given, 100);
  if (!view || !name) return;
  const attributes = {};
  for (const attribute of Object.keys(details)) {
    if (attribute !== "value") annotate(attributes, attribute, details[attribute]);
  }
  // "42.5" is a figure too, "much" is not; neither are null, nothing and a symbol.
  const value = +(mask(details.value) || NaN);
  append(view, "events", EVENTS, { at_ms: since(view, nowMs), name, value: Math.abs(value) < 1e15 ? value : undefined, attributes });
};
