/** Business events: what `leadline.event("checkout_completed", { value: 42.5 })` records. */

import { mask } from "./scrub";
import { append, currentView, since } from "./view";
import type { BeaconEvent } from "./wire";

// Events kept per view.
const MOST_EVENTS = 100;

export interface EventDetails {
  /** The figure that is added up or averaged per version. */
  value?: number;
  [attribute: string]: string | number | boolean | undefined;
}

export const recordEvent = (name: string, details: EventDetails = {}, nowMs?: number): void => {
  const view = currentView();
  if (!view || !name) return;
  const event: BeaconEvent = { at_ms: since(view, nowMs), name: mask(name, 100) };
  for (const attribute of Object.keys(details)) {
    const value = details[attribute];
    if (attribute === "value") event.value = Number(value);
    else if (value !== undefined) {
      (event.attributes ||= {})[attribute] = typeof value === "string" ? mask(value) : value;
    }
  }
  append(view, "events", event, MOST_EVENTS);
};
