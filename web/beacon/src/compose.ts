/** Writes beacons: one object for one view, an array where several views have news. */

import { settings } from "./settings";
import { surroundings } from "./surroundings";
import { ERRORS, EVENTS, REQUESTS, VITALS, views, type View } from "./view";
import type { Beacon } from "./wire";
import { write } from "./write";

/** The body to send, or nothing where nothing is new. `deferred`: armed ahead, sent by the browser some day. */
export const compose = (isDeferred: boolean): string => {
  const beacons: Beacon[] = [];
  for (const view of views) {
    const sections = allowed(view, view.unsent | view.sending);
    if (sections) beacons[beacons.length] = describe(view, sections, isDeferred);
  }
  return beacons.length ? write(beacons.length > 1 ? beacons : beacons[0]) : "";
};

/** A session outside the sample says nothing, or its errors only. */
const allowed = (view: View, sections: number): number =>
  view.session.isSampled ? sections : settings.sampleErrors && view.errors.length ? sections & ERRORS : 0;

const describe = (view: View, sections: number, isDeferred: boolean): Beacon => ({
  key: settings.key,
  page_view_id: view.id,
  seq: view.seq++,
  session_id: view.session.id,
  service_version: view.version,
  cohort: view.cohort,
  started_at: view.startedAt,
  sent_at: Date.now(),
  deferred: isDeferred || undefined,
  url: view.url,
  route: view.route,
  navigation_type: view.navigationType,
  ...surroundings(),
  sdk_name: "leadline",
  sdk_version: SDK_VERSION,
  attributes: annotate(view),
  vitals: sections & VITALS ? view.vitals : undefined,
  errors: sections & ERRORS ? view.errors : undefined,
  events: sections & EVENTS ? view.events : undefined,
  requests: sections & REQUESTS ? view.requests : undefined,
});

const annotate = (view: View): Beacon["attributes"] => {
  const attributes = { ...view.attributes };
  if ((settings.sample ?? 1) < 1) attributes.sample_ratio = settings.sample as number;
  if (!view.session.isSampled) attributes.errors_only = true;
  return Object.keys(attributes).length ? attributes : undefined;
};
