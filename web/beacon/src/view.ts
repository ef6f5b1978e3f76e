/**
 * Page views. A view has one version, cohort, route and session for life; a change of path by history, of version or of
 * cohort starts the next one, and so does a sign of life in a view that is a day old. A view that has ended still takes what
 * belongs to it (the load's vitals) until it is sent.
 */

import { arm, schedule } from "./delivery";
import { newId } from "./identity";
import { routeKey, routeOf } from "./route";
import { annotate, scrubAddress } from "./scrub";
import { ALL, PAGE } from "./sections";
import { currentSession, isTab, lostBefore } from "./session";
import { settings } from "./settings";
import type { Inside } from "./start";
import { readCohort, readVersion } from "./version";
import { LISTS, views, type View } from "./views";
import type { BeaconError, BeaconEvent, BeaconRequest } from "./wire";

// Views kept for what may still arrive for them. A tab that changes route all day must not grow, offline included.
const MOST_VIEWS = 20;
// Items of a section, where no less is enough.
const MOST_ITEMS = 100;

/** What a frame borrows from the page around it, to whose view it belongs until somebody turns to the frame itself. */
export let host: Inside | undefined;
let isTurnedTo = isTab;

/** By the page around this frame, where that is of the same app: what happens here happens in its view, and what has happened moves there. */
export const adopt = (by: Inside | undefined): void => {
  if (isTurnedTo || by?.[0].key !== settings.key) return;
  host = by;
  const now = by[1]()!;
  for (const view of views) {
    for (const [name, bit] of LISTS) {
      // What was told as a view of its own stays told.
      for (const past of view[name].splice(view.stated[name] || 0)) {
        past.at_ms! += view.told.started_at! - now.told.started_at!;
        by[2](now, name, bit, past as BeaconError & BeaconEvent & BeaconRequest);
      }
    }
  }
  // What is under way as a view of its own is sent again as such if it fails.
  for (const view of [...views]) if (!view.sending) views.splice(views.indexOf(view), 1);
  // Not what was armed as a view of its own.
  arm();
};

/** Somebody turns to this page: whether that makes a frame a view of its own. */
export const turnTo = (): unknown => {
  const left = host;
  isTurnedTo = true;
  host = undefined;
  return left;
};

let tags: View["attributes"] = {};

/** Marks a section as changed, so that it is sent. */
export const touch = (view: View, section: number): void => {
  if (host) return host[3](view, section);
  view.unsent |= section;
  schedule(section);
};

export const beginView = (navigation_type: string, startMs = performance.now(), session = currentSession()): View => {
  const apartMs = Date.now() - performance.now();
  const key = routeKey(document.documentURI);
  const view: View = {
    told: {
      key: settings.key,
      page_view_id: newId(),
      session_id: session.id,
      service_version: readVersion(),
      cohort: readCohort(),
      started_at: Math.round(apartMs + startMs),
      url: scrubAddress(document.documentURI),
      route: routeOf(document.documentURI, key),
      navigation_type,
      sdk_name: "leadline",
      sdk_version: SDK_VERSION,
      lost: (!views[0] && lostBefore) || undefined,
    },
    seq: 0,
    session,
    _key: key,
    startMs,
    apartMs,
    attributes: {
      ...tags,
      ...(settings.sample && { sample_ratio: +settings.sample }),
      ...(session.mask < ALL && { errors_only: true }),
    },
    vitals: {},
    errors: [],
    events: [],
    requests: [],
    from: {},
    unsent: 0,
    sending: 0,
    stated: {},
  };
  views[views.length] = view;
  touch(view, PAGE);
  // What has been sent goes first.
  if (views.length > MOST_VIEWS) views.splice(Math.max(0, views.findIndex((past) => !(past.unsent | past.sending))), 1);
  return view;
};

const newest = (): View | undefined => views[views.length - 1];

/** The view that now is. Where the path, the version or the cohort has changed since, a new one. */
export const currentView = (): View | undefined => {
  if (host) return host[1]();
  const view = newest();
  if (view) {
    if (view._key !== routeKey(document.documentURI)) return beginView("route-change");
    if (view.told.service_version !== readVersion() || view.told.cohort !== readCohort()) {
      return beginView("version-change");
    }
  }
  return view;
};

/** Adds to a section, up to a limit past which things are only counted: a loop must not make beacons that are refused. */
export const append = <S extends "errors" | "events" | "requests">(
  view: View,
  section: S,
  bit: number,
  added: View[S][number],
  most = MOST_ITEMS,
): void => {
  const list: unknown[] = view[section];
  if (list.length < most) list[list.length] = added;
  // One more, from nothing too.
  else view.attributes[section + "_dropped"] = ((view.attributes[section + "_dropped"] as number) || 0) + 1;
  touch(view, bit);
};

/** The view in which something happened, by its start on the clock of `performance.now()`. */
export const viewAt = (ms: number): View | undefined => {
  let found = views[0];
  for (const view of views) if (view.startMs <= ms) found = view;
  return found;
};

export const forgetViews = (): void => {
  views.length = 0;
  tags = {};
};

// The wire takes 30 days; some tabs are older.
const OLDEST_MS = 2_592_000_000;
const DAY_MS = 86_400_000;
// Clocks are corrected by less than this at a time (NTP slews); a sleep is longer.
const ASLEEP_MS = 1_000;

/** Milliseconds since the view's start. `performance.now()` stands still while a computer sleeps (Chromium on macOS and Linux); the wall's clock does not. */
export const since = (view: View, nowMs = performance.now()): number => {
  if (host) return host[4](view);
  const asleepMs = Date.now() - performance.now() - view.apartMs;
  return Math.min(OLDEST_MS, Math.max(0, Math.round(nowMs - view.startMs + (asleepMs > ASLEEP_MS ? asleepMs : 0))));
};

/** A sign of life. What happened a day ago is not taken any more, so a tab that is older goes on in a new view of its session. */
export const renewView = (): void => {
  const view = newest();
  if (view && since(view) > DAY_MS) beginView("continued", undefined, view.session);
};

export const tag = (name: string, value: string | number | boolean): void => {
  annotate(tags, name, value);
  const view = newest();
  if (view) {
    annotate(view.attributes, name, value);
    touch(view, PAGE);
  }
};
