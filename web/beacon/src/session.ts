/**
 * A session: one tab, until 30 minutes idle (no view has begun) or 4 hours old (the limits that OpenTelemetry's session
 * convention leaves to us; 30 minutes is what web analytics call a visit). Lives in sessionStorage, never in a cookie; where a frame has no
 * storage, in memory. Whether it is in the sample is decided once, here.
 */

import { isStopped } from "./delivery";
import { newId } from "./identity";
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

// `id startedAt usedAt mask`, in one string: no parser of the page's is needed.
let kept = "";

const store = (text: string): void => {
  kept = text;
  try {
    if (text) isStopped || sessionStorage.setItem(NAME, text);
    else sessionStorage.removeItem(NAME);
  } catch {
    // a sandboxed frame without storage, or a full one
  }
};

/** The session that now is, begun anew where the last one has ended. Each call is a sign of life. */
export const currentSession = (): Session => {
  const now = Date.now();
  try {
    kept = sessionStorage.getItem(NAME) || kept;
  } catch {
    // as above
  }
  const [id, startedAt, usedAt, mask] = kept.split(" ");
  // A clock that was set back makes a session younger than nothing: that ends it too.
  const isAlive = id && now - +usedAt! < IDLE_MS && now - +startedAt! < OLDEST_MS && now >= +startedAt!;
  const session = isAlive
    ? { id, mask: +mask! }
    : { id: newId(), mask: Math.random() >= +settings.sample! ? (isOn(settings.sampleErrors) ? ERRORS : 0) : ALL };
  store(`${session.id} ${isAlive ? startedAt : now.toFixed()} ${now.toFixed()} ${session.mask}`);
  return session;
};

export const forgetSession = (): void => store("");
