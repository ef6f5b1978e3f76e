/** Writes beacons: one object for one view, an array where several views have news. */

import { ERRORS, EVENTS, REQUESTS, VITALS } from "./sections";
import { settings } from "./settings";
import { surroundings } from "./surroundings";
import { views, type View } from "./view";
import type { Beacon } from "./wire";
import { write } from "./write";

/** The body to send, or nothing where nothing is new. `deferred`: armed ahead, sent by the browser some day. */
export const compose = (isDeferred?: boolean): string => {
  const beacons: Beacon[] = [];
  for (const view of views) {
    const sections = (view.unsent | view.sending) & view.session.mask;
    if (sections) beacons[beacons.length] = describe(view, sections, isDeferred);
  }
  return beacons[0] ? write(beacons[1] ? beacons : beacons[0]) : "";
};

const describe = (view: View, sections: number, isDeferred?: boolean): Beacon => ({
  key: settings.key,
  page_view_id: view.id,
  seq: view.seq++,
  session_id: view.session.id,
  service_version: view.version,
  cohort: view.cohort,
  started_at: view.startedAt,
  sent_at: Date.now(),
  deferred: isDeferred,
  url: view.url,
  route: view.route,
  navigation_type: view.kind,
  ...surroundings(),
  sdk_name: "leadline",
  sdk_version: SDK_VERSION,
  attributes: view.attributes,
  vitals: sections & VITALS ? view.vitals : undefined,
  errors: sections & ERRORS ? view.errors : undefined,
  events: sections & EVENTS ? view.events : undefined,
  requests: sections & REQUESTS ? view.requests : undefined,
});
