/** Writes beacons: one object for one view, an array where several views have news. */

import { bitOf, SECTIONS } from "./sections";
import { surroundings } from "./surroundings";
import { views, type View } from "./view";
import type { Beacon } from "./wire";
import { write } from "./write";

/** The body to send, or nothing where nothing is new. `deferred`: armed ahead, sent by the browser some day. */
export const compose = (isDeferred?: boolean): string => {
  const beacons: unknown[] = [];
  for (const view of views) {
    const sections = (view.unsent | view.sending) & view.session.mask;
    if (sections) beacons[beacons.length] = describe(view, sections, isDeferred);
  }
  return beacons[0] ? write(beacons[1] ? beacons : beacons[0]) : "";
};

const describe = (view: View, sections: number, deferred?: boolean): unknown => {
  const { told, attributes } = view;
  const beacon: Beacon = { ...told, seq: view.seq++, sent_at: Date.now(), deferred, ...surroundings(), attributes };
  for (const section of SECTIONS) if (sections & bitOf(section)) Object.assign(beacon, { [section]: view[section] });
  return beacon;
};
