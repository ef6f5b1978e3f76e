/** Puts the parts together. Starts once; a second call gets the first one's interface. */

import { arm, disarm, openDelivery, resume, schedule, stop } from "./delivery";
import { takeViolation } from "./errors/csp";
import { recordThrown } from "./errors/record";
import { takeRejection } from "./errors/rejection";
import { watchReports } from "./errors/reports";
import { takeError } from "./errors/uncaught";
import { recordEvent, type EventDetails } from "./events";
import { debug, listen, safely } from "./guard";
import { watchHistory } from "./history";
import { watchFetch, watchXhr } from "./requests";
import { forgetSession } from "./session";
import { configure, settings, type Settings } from "./settings";
import { describeLoad } from "./surroundings";
import { beginLoad, beginView, currentView, forgetViews, tag, views, whenChanged } from "./view";
import { watchCls } from "./vitals/cls";
import { watchFcp } from "./vitals/fcp";
import { watchInp } from "./vitals/inp";
import { watchLcp } from "./vitals/lcp";
import { setLoad } from "./vitals/report";
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
}

type Early = ["event" | "error" | "tag" | "consent", ArrayLike<unknown>, number] | [Event, number];

/** What the early snippet leaves behind: calls and errors from before we were there. */
export interface EarlyQueue {
  q: Early[];
  off?: () => void;
}

let api: Leadline | undefined;
let isWaiting = false;

export const start = (given: Settings, early?: EarlyQueue): Leadline => {
  if (api) return api;
  configure(given);
  isWaiting = given.consent === "required";
  api = {
    event: safely((name, details) => recordEvent(name, details)),
    error: safely((error) => recordThrown("reported", error)),
    tag: safely(tag),
    consent: safely(consent),
    version: SDK_VERSION,
  };
  const begin = safely(() => {
    if (isUnwanted()) return;
    open();
    replay(early);
  });
  // A page that is being prerendered has no visitor yet; most of these are never seen.
  if (document.prerendering) listen(document, "prerenderingchange", begin);
  else begin();
  return api;
};

const isUnwanted = (): boolean => {
  if (!settings.key) debug("no key: data-key is missing");
  return (
    !settings.key ||
    !!(settings.respectGpc && navigator.globalPrivacyControl) ||
    !!(settings.respectDnt && navigator.doNotTrack === "1")
  );
};

const open = (): void => {
  whenChanged(() => !isWaiting && schedule());
  if (isWaiting) stop();
  startView();
  if (!isWaiting) arm();
  listen(window, "error", takeError);
  listen(window, "unhandledrejection", takeRejection);
  listen(document, "securitypolicyviolation", takeViolation);
  watchHistory(currentView);
  // Before web-vitals listens, so that its values of a return find their view.
  listen<PageTransitionEvent>(window, "pageshow", (event) => {
    if (event.persisted && views.length) setLoad(beginView("back-forward-cache", event.timeStamp));
  });
  for (const watch of [watchLcp, watchInp, watchCls, watchFcp, watchTtfb, watchReports]) safely(watch)();
  if (!settings.ignoreRequests) {
    safely(watchFetch)();
    safely(watchXhr)();
  }
  openDelivery();
};

const startView = (): void => {
  const view = beginLoad();
  Object.assign(view.attributes, describeLoad());
  setLoad(view);
};

const replay = (early: EarlyQueue | undefined): void => {
  early?.off?.();
  for (const [what, more, atMs] of early?.q || []) {
    if (typeof what !== "string") (what.type === "error" ? takeError : takeRejection)(what);
    else if (what === "event") recordEvent(...(more as unknown as [string, EventDetails?]), atMs);
    else (api![what] as (...given: unknown[]) => void)(...Array.from(more as ArrayLike<unknown>));
  }
};

const consent = (isGiven: boolean): void => {
  if (!isGiven) {
    isWaiting = true;
    stop();
    forgetViews();
    forgetSession();
  } else if (isWaiting) {
    isWaiting = false;
    resume();
    if (views.length) schedule();
    else startView();
    arm();
  }
};
void disarm;
