/**
 * A session: one tab, until 30 minutes idle (no view has begun) or 4 hours old (the limits that OpenTelemetry's session
 * convention leaves to us; 30 minutes is what web analytics call a visit). Lives in sessionStorage, never in a cookie; where a frame has no
 * storage, in memory. Whether it is in the sample is decided once, here.
 *
 * A duplicated tab and `window.open` begin with a copy of the storage. An open page leaves a note there. A page that finds
 * the note, and was neither reloaded nor restored, has a copy and begins a session of its own.
 */

import { newId } from "./identity";
import { navigationKind } from "./navigation";
import { ALL, ERRORS } from "./sections";
import { isOn, settings } from "./settings";

const IDLE_MS = 30 * 60_000;
const OLDEST_MS = 4 * 60 * 60_000;
const NAME = "_ll";

export interface Session {
  id: string;
  /** The sections that may be sent: all, only errors, or none. */
  mask: number;
}

// `id startedAt usedAt mask isOpen lost`, in one string: no parser of the page's is needed.
let kept = "";
/** Places in it, for `note`. */
export const IS_OPEN = 4;
export const LOST = 5;

/** Without consent, or refused by the collector: nothing is sent, and nothing is stored. */
export let isStopped = false;

export const setStopped = (stopped: boolean): void => {
  isStopped = stopped;
};

/** How many views the tab's last page is known not to have handed over; undefined until the first session is asked for. */
export let lostBefore: number | undefined;

const read = (): string[] => {
  try {
    // A page's stand-in may answer with anything.
    kept = sessionStorage.getItem(NAME)?.trim() || kept;
  } catch {
    // a sandboxed frame without storage
  }
  return kept.split(" ");
};

const store = (text: string): void => {
  kept = text;
  try {
    if (text) isStopped || sessionStorage.setItem(NAME, text);
    else sessionStorage.removeItem(NAME);
  } catch {
    // as above, or a full one
  }
};

/** Frames share the storage of their tab, and leave the notes to its page. */
export const isTab = window === window.top;

/** Notes something for the tab's next page. */
export const note = (place: number, value: number): void => {
  const parts = read();
  if (isTab && parts[place]) {
    parts[place] = value.toFixed();
    store(parts.join(" "));
  }
};

/** The session that now is, begun anew where the last one has ended. Each call is a sign of life. */
export const currentSession = (): Session => {
  const now = +Date.now();
  const nowText = now.toFixed();
  const [id, startedAt, usedAt, mask, isOpen, lost] = read();
  // A clock that was set back makes a session younger than nothing: that ends it too.
  let isAlive = id && now - +usedAt! < IDLE_MS && now - +startedAt! < OLDEST_MS && now >= +startedAt!;
  if (isTab && lostBefore == null) {
    // The page that is still open has crashed, or been discarded, where this one is the same again.
    const isSame = isOpen !== "1" || /^p?re/.test(navigationKind());
    if (!isSame) isAlive = "";
    // What is armed survives a crash.
    lostBefore = isSame ? (+lost! || 0) + (+isOpen! && !window.fetchLater ? 1 : 0) : 0;
  }
  const session = isAlive
    ? { id: id!, mask: +mask! }
    : { id: newId(), mask: Math.random() >= +settings.sample! ? (isOn(settings.sampleErrors) ? ERRORS : 0) : ALL };
  store(
    `${session.id} ${isAlive ? startedAt : nowText} ${nowText} ${session.mask} ${isTab ? "1 0" : isOpen + " " + lost}`,
  );
  return session;
};

export const forgetSession = (): void => store("");
