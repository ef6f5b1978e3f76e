/**
 * Page views. A view has one version, cohort, route and session for life; a change of path by history, of version or of
 * cohort starts the next one. A view that has ended still takes what belongs to it (the load's vitals) until it is sent.
 */

import { newId } from "./identity";
import { activationStart, navigationKind } from "./navigation";
import { routeKey, routeOf } from "./route";
import { scrubAddress } from "./scrub";
import { currentSession, type Session } from "./session";
import { readCohort, readVersion, tellCrashReport } from "./version";
import type { Beacon, BeaconError, BeaconEvent, BeaconRequest, Vitals } from "./wire";

/** Sections, as bits: what of a view has not been sent yet. */
export const PAGE = 1;
export const VITALS = 2;
export const ERRORS = 4;
export const EVENTS = 8;
export const REQUESTS = 16;

export interface View {
  id: string;
  seq: number;
  session: Session;
  version: string | undefined;
  cohort: string | undefined;
  url: string;
  key: string;
  route: string;
  navigationType: string;
  /** The browser's id of a soft navigation, once it has told us. */
  navigationId: number | undefined;
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

// Views kept for what may still arrive for them. A tab that changes route all day must not grow.
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

export const beginView = (navigationType: string, startMs: number): View => {
  const version = readVersion();
  const view: View = {
    id: newId(),
    seq: 0,
    session: currentSession(),
    version,
    cohort: readCohort(),
    url: scrubAddress(location.href),
    key: routeKey(location),
    route: routeOf(new URL(location.href)),
    navigationType,
    navigationId: undefined,
    startMs,
    startedAt: Math.round(Date.now() - performance.now() + startMs),
    attributes: { ...tags },
    vitals: {},
    errors: [],
    events: [],
    requests: [],
    unsent: 0,
    sending: 0,
  };
  tellCrashReport(version);
  views[views.length] = view;
  if (views.length > MOST_VIEWS) {
    const oldest = views.findIndex((past) => !past.unsent && !past.sending);
    views.splice(oldest < 0 ? 0 : oldest, 1);
  }
  touch(view, PAGE);
  return view;
};

/** The load, or its return from the back/forward cache. */
export const beginLoad = (): View => beginView(navigationKind(), activationStart());

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

export const forgetViews = (): void => {
  views.length = 0;
  tags = {};
};

/** Milliseconds since the view's start. */
export const since = (view: View, nowMs = performance.now()): number => Math.max(0, Math.round(nowMs - view.startMs));

export const tag = (name: string, value: string | number | boolean): void => {
  tags[name] = value;
  const view = newest();
  if (view) {
    view.attributes[name] = value;
    touch(view, PAGE);
  }
};
