/** Puts the parts together. Starts once; a second call gets the first one's interface. */

import { armSoon, openDelivery, resume, schedule, stop, target, ways } from "./delivery";
import { takeViolation } from "./errors/csp";
import { recordThrown } from "./errors/record";
import { takeRejection } from "./errors/rejection";
import { watchReports } from "./errors/reports";
import { takeError } from "./errors/uncaught";
import { recordEvent, type EventDetails } from "./events";
import { debug, listen, safely, watchOpening } from "./guard";
import { watchHistory } from "./history";
import { onRestore } from "./lean/restore";
import { kept, watchFetch, watchXhr } from "./requests";
import { ALL } from "./sections";
import { currentSession, forgetSession, isStopped } from "./session";
import { configure, isOn, settings, type Settings } from "./settings";
import { adopt, append, beginView, currentView, forgetViews, host, renewView, since, tag, touch, turnTo } from "./view";
import { views, type View } from "./views";
import { beginLoad, load, setLoad } from "./load";
import { watchCls } from "./vitals/cls";
import { watchFcp } from "./vitals/fcp";
import { watchInp } from "./vitals/inp";
import { watchInteractions } from "./vitals/interactions";
import { watchLcp } from "./vitals/lcp";
import { watchTtfb } from "./vitals/ttfb";

/** What a page can say. Nothing here throws. */
export interface Leadline {
  /** Records a business event in the current view, with its version and cohort. */
  event(name: string, details?: EventDetails): void;
  /** Records an error that the page has caught itself. */
  error(error: unknown): void;
  /** Adds an attribute to this view and to those after it. */
  tag(name: string, value: string | number | boolean): void;
  /** `false` stops everything at once and forgets what was not sent; `true` begins. */
  consent(isGiven: boolean): void;
  readonly version: string;
  /** For `b-more.js`, which is built with this script and not on its own. */
  readonly inside: Inside;
}

export type Inside = readonly [
  settings: Settings,
  currentView: () => View | undefined,
  append: typeof append,
  touch: typeof touch,
  since: typeof since,
  kept: typeof kept,
  ways: typeof ways,
  target: () => string,
  adopt: (host: Inside | undefined) => void,
];

/** What the early snippet leaves behind: events and calls from before we were there, each with its time. */
export interface EarlyQueue {
  q?: [what: Event | keyof Omit<Leadline, "version" | "inside">, given: ArrayLike<unknown>, atMs: number][];
  off?: () => void;
}

let api: Leadline | undefined;

/** `address`: of the script, or of the folder that the collector answers in. */
export const start = (given: Settings, address: string, early?: EarlyQueue): Leadline => {
  if (api) return api;
  configure(given);
  api = {
    event: safely(recordEvent),
    error: safely((error) => recordThrown("reported", error)),
    tag: safely(tag),
    consent: safely(consent),
    version: SDK_VERSION,
    inside: [given, currentView, append, touch, since, kept, ways, () => target, adopt],
  };
  const begin = safely(() => {
    if (!settings.key) debug("no data-key");
    if (!settings.key||isUnwanted()) return;
    const { to } = given;
    // Beside the script, unless told otherwise. The first URL object of a page costs it 0.1 ms and 7 kB: only for what needs one.
    const base = to ? (/^http/.test(to) ? to : new URL(to, document.baseURI).href).replace(/\/*$/, "/") : address.replace(/[?#].*/, "");
    openDelivery(base.replace(/[^/]*$/, "v1/b"));
    open();
    replay(early);
  });
  // A page that is being prerendered has no visitor yet; most of these are never seen.
  if (document.prerendering) listen(document, "prerenderingchange", begin);
  else begin();
  return api;
};

const isUnwanted = (): unknown =>
  (isOn(settings.respectGpc) && navigator.globalPrivacyControl) ||
  (isOn(settings.respectDnt) && navigator.doNotTrack === "1");

/** What the page's mistakes arrive as, now and in what the early snippet kept. */
const takers: Record<string, (event: Event) => void> = {
  error: takeError,
  unhandledrejection: takeRejection,
  securitypolicyviolation: takeViolation,
};

const open = (): void => {
  if (settings.consent === "required") stop();
  reach(parent, adopt);
  if (!host) look();
  // A frame may have been ready before the page that it belongs to.
  for (let i = 0; frames[i]; i++) reach(frames[i]!, (inside) => inside?.[8](api!.inside));
  const turn = (): void => {
    renewView();
    // Somebody turns to this frame, which has an address of its own: it is a view of its own from now on.
    if (/^http/.test(document.documentURI) && turnTo()) look();
  };
  listen(window, "pointerdown", turn);
  listen(window, "keydown", turn);
  for (const type of Object.keys(takers)) listen(window, type, takers[type]!);
  safely(watchReports)();
  if (!isOn(settings.ignoreRequests)) for (const watch of [watchFetch, watchXhr]) safely(watch)();
};

/** What the script of another window of this origin lets us at. */
const reach = (other: Window, act: (inside: Inside | undefined) => void): void => {
  try {
    act((other as unknown as { leadline?: Leadline }).leadline?.inside);
  } catch {
    // of another origin
  }
};

/** A view begins, with all that is measured of it. */
const look = (): void => {
  // It was one before it was adopted.
  if (load) {
    views[0] = load;
    return touch(load, ALL);
  }
  beginLoad();
  armSoon();
  watchHistory(currentView);
  // Before web-vitals listens, so that its values of a return find their view.
  onRestore((event) => views[0] && setLoad(beginView("back-forward-cache", event.timeStamp)));
  for (const watch of [watchInteractions, watchLcp, watchInp, watchCls, watchFcp, watchTtfb, watchOpening]) safely(watch)();
};

const replay = (early: EarlyQueue | undefined): void => {
  early?.off?.();
  for (const [what, given, atMs] of early?.q || []) {
    if (typeof what !== "string") takers[what.type]!(what);
    else if (what === "event") recordEvent(given[0] as string, given[1] as EventDetails, atMs);
    else (api![what] as (...given: unknown[]) => void)(given[0], given[1]);
  }
};

const consent = (isGiven: boolean): void => {
  if (!isGiven) {
    forgetViews();
    forgetSession();
    stop();
  } else if (isStopped) {
    resume();
    if (!views[0]) beginLoad();
    currentSession();
    schedule();
  }
};
