/**
 * Page views. A view has one version, cohort, route and session for life; a change of path by history, of version or of
 * cohort starts the next one. A view that has ended still takes what belongs to it (the load's vitals) until it is sent.
 */

import { newId } from "./identity";
import { routeKey, routeOf } from "./route";
import { annotate, scrubAddress } from "./scrub";
import { ALL, ERRORS, EVENTS, PAGE, REQUESTS } from "./sections";
import { currentSession, type Session } from "./session";
import { settings } from "./settings";
import { readCohort, readVersion, tellCrashReport } from "./version";
import type { Beacon, BeaconError, BeaconEvent, BeaconRequest, Vitals } from "./wire";

export interface View {
  id: string;
  seq: number;
  session: Session;
  version: string | undefined;
  cohort: string | undefined;
  url: string;
  key: string;
  route: string;
  kind: string;
  /** The browser's id of a soft navigation, once it has told us. */
  softId: number | undefined;
  /** On the clock of `performance.now()`. */
  startMs: number;
  startedAt: number;
  attributes: NonNullable<Beacon["attributes"]>;
  vitals: Vitals;
  errors: BeaconError[];
  events: BeaconEvent[];
  requests: BeaconRequest[];
  unsent: number;
  sending: number;
}

// Views kept for what may still arrive for them. A tab that changes route all day must not grow, offline included.
const MOST_VIEWS = 20;

export const views: View[] = [];
let tags: View["attributes"] = {};
let onChange: (view: View, section: number) => void;

export const whenChanged = (act: typeof onChange): void => {
  onChange = act;
};

/** Marks a section as changed, so that it is sent. */
export const touch = (view: View, section: number): void => {
  view.unsent |= section;
  onChange(view, section);
};

export const beginView = (kind: string, startMs: number): View => {
  const version = readVersion();
  const session = currentSession();
  const key = routeKey(location);
  const view: View = {
    id: newId(),
    seq: 0,
    session,
    version,
    cohort: readCohort(),
    url: scrubAddress(location.href),
    key,
    route: routeOf(location.href, key),
    kind,
    softId: undefined,
    startMs,
    startedAt: Math.round(Date.now() - performance.now() + startMs),
    attributes: {
      ...tags,
      ...(settings.sample && { sample_ratio: +settings.sample }),
      ...(session.mask < ALL && { errors_only: true }),
    },
    vitals: {},
    errors: [],
    events: [],
    requests: [],
    unsent: 0,
    sending: 0,
  };
  tellCrashReport(version);
  views[views.length] = view;
  if (views.length > MOST_VIEWS) views.shift();
  touch(view, PAGE);
  return view;
};

const newest = (): View | undefined => views[views.length - 1];

/** The view that now is. Where the path, the version or the cohort has changed since, a new one. */
export const currentView = (): View | undefined => {
  const view = newest();
  if (view) {
    if (view.key !== routeKey(location)) return beginView("route-change", performance.now());
    if (view.version !== readVersion() || view.cohort !== readCohort()) {
      return beginView("version-change", performance.now());
    }
  }
  return view;
};

/** Adds to a section, up to a limit past which things are only counted: a loop must not make beacons that are refused. */
export const append = <S extends "errors" | "events" | "requests">(
  view: View,
  section: S,
  added: View[S][number],
  most: number,
): void => {
  const list: unknown[] = view[section];
  if (list.length < most) list[list.length] = added;
  else view.attributes[section + "_dropped"] = ((view.attributes[section + "_dropped"] as number) || 0) + 1;
  touch(view, section === "errors" ? ERRORS : section === "events" ? EVENTS : REQUESTS);
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

/** Milliseconds since the view's start. */
export const since = (view: View, nowMs = performance.now()): number => Math.min(OLDEST_MS, Math.max(0, Math.round(nowMs - view.startMs)));

export const tag = (name: string, value: string | number | boolean): void => {
  annotate(tags, name, value);
  const view = newest();
  if (view) {
    annotate(view.attributes, name, value);
    touch(view, PAGE);
  }
};
