/** Writes beacons: one object for one view, an array where several views have news. */

import { ERRORS, VITALS } from "./sections";
import { surroundings } from "./surroundings";
import { LISTS, views, type View } from "./views";
import type { Beacon } from "./wire";
import { write } from "./write";

/** A page that is still there by then is armed with what only `navigator` knows, which a load goes without. */
export const WHOLE_AFTER_MS = 5_000;

/**
 * The body to send, or nothing where nothing is new. `deferred`: armed ahead, sent by the browser some day. `lean`: for what a
 * browser takes at a page's end, without what is heavy.
 */
export const compose = (isDeferred?: boolean, isLean?: boolean): string => {
  const beacons: unknown[] = [];
  for (const view of views) {
    const sections = (view.unsent | view.sending) & view.session.mask;
    if (sections) beacons[beacons.length] = describe(view, sections, isDeferred);
  }
  return beacons[0] ? write(beacons[1] ? beacons : beacons[0], isLean) : "";
};

const describe = (view: View, sections: number, deferred?: boolean): Beacon => {
  const { told, attributes, from } = view;
  const beacon: Beacon = {
    ...told,
    seq: view.seq++,
    sent_at: +Date.now(),
    deferred,
    // What is armed of a load alone goes without; what an error or an event is armed with, what is sent, and what is armed later has it.
    ...surroundings(deferred && sections < ERRORS && performance.now() < WHOLE_AFTER_MS),
    attributes,
    from,
  };
  if (sections & VITALS) beacon.vitals = view.vitals;
  for (const [name, bit] of LISTS) if (sections & bit) beacon[name] = view[name] as never;
  return beacon;
};
