/**
 * Delivery. What is known is armed in the browser from the start with `fetchLater`, which survives a renderer's crash and
 * the browser's end where `sendBeacon` does not (FACTS of the project: 5 of 5 against 0 of 5), and re-armed as it changes.
 * When the page is hidden the rest is handed over at once. While it stays open, news travel after `sendAfterMs` by
 * `fetch`, whose answer can be read: a refusal is final, a busy collector is left alone for as long as it asks.
 */

import { compose } from "./compose";
import { debug, listen, safely } from "./guard";
import { settings } from "./settings";
import { views } from "./view";

// Re-arming costs some 0.2 ms; a load changes its vitals about five times within a second.
const ARM_AFTER_MS = 500;
// Half of the shortest window that a verdict looks at (1 min): every view has told of itself by then, so that
// views with errors are not seen before those without.
const SEND_AFTER_MS = 30_000;
const RETRY_AFTER_MS = 5_000;
const LONGEST_RETRY_MS = 5 * 60_000;

// The page's own, as they were when we came. What a page replaces later does not reach us.
const { fetch: fetchNow, fetchLater, setTimeout: setTimer, AbortController: Aborter } = window;

let target = "";
let armed: AbortController | undefined;
let armTimer = 0;
let sendTimer = 0;
let failures = 0;
let quietUntil = 0;
let isStopped = false;

export const openDelivery = (): void => {
  target = settings.to + "v1/b";
  // On `document` and not on `window`: web-vitals finishes its values in window's capture phase, so we come after it.
  document.addEventListener("visibilitychange", safely(() => document.visibilityState === "hidden" && handOver()));
  // Safari before 17 does not tell of hiding when a page is left. Chromium does, after pagehide and with final values.
  if (!fetchLater) listen(window, "pagehide", handOver);
  listen(window, "online", () => {
    failures = 0;
    send();
  });
};

/** Something is new: arm it soon, send it some time. */
export const schedule = (): void => {
  if (isStopped) return;
  armTimer ||= setTimer(safely(arm), ARM_AFTER_MS);
  sendTimer ||= setTimer(safely(send), settings.sendAfterMs ?? SEND_AFTER_MS);
};

/** Whether an address is ours, so that we don't report on ourselves. */
export const isOwn = (address: string): boolean => !!target && address.split("?")[0] === target;

export const arm = (): void => {
  clearTimeout(armTimer);
  armTimer = 0;
  disarm();
  const body = isQuiet() ? "" : compose(true);
  if (!body || !fetchLater) return;
  try {
    armed = new Aborter();
    fetchLater.call(window, target, { method: "POST", body, signal: armed.signal });
  } catch {
    // Over its quota, forbidden by policy, or no https: what is left is sent on hiding.
    armed = undefined;
  }
};

export const disarm = (): void => {
  armed?.abort();
  armed = undefined;
};

/** Nothing more is sent by this page, whatever was armed included. */
export const stop = (): void => {
  isStopped = true;
  disarm();
  clearTimers();
};

export const resume = (): void => {
  isStopped = false;
};

const clearTimers = (): void => {
  clearTimeout(armTimer);
  clearTimeout(sendTimer);
  armTimer = sendTimer = 0;
};

// 429: the collector asked for silence, which a page's end does not break.
const isQuiet = (): boolean => Date.now() < quietUntil;

/** The page is being hidden or left: the browser takes what is new, at once and for sure. */
const handOver = (): void => {
  if (isStopped) return;
  clearTimers();
  disarm();
  const body = isQuiet() ? "" : compose(false);
  if (body && (sendSoon(body) || sendBeacon(body) || sendAlive(body))) {
    for (const view of views) view.unsent = view.sending = 0;
  }
};

const sendSoon = (body: string): boolean => {
  try {
    // By way of the browser's process: unlike sendBeacon it outlives the browser's end.
    return !!fetchLater?.call(window, target, { method: "POST", body, activateAfter: 0 });
  } catch {
    return false;
  }
};

const sendBeacon = (body: string): boolean => {
  try {
    return navigator.sendBeacon(target, body);
  } catch {
    return false;
  }
};

const sendAlive = (body: string): boolean => {
  try {
    fetchNow(target, { method: "POST", body, keepalive: true }).catch(debug);
    return true;
  } catch {
    return false;
  }
};

/** Sends what is new by fetch. Until the answer is there it stays armed as well: the same view and a higher seq win. */
const send = (): void => {
  clearTimeout(sendTimer);
  sendTimer = 0;
  if (isStopped || isQuiet() || navigator.onLine === false) return;
  const body = compose(false);
  if (!body) return;
  for (const view of views) {
    view.sending |= view.unsent;
    view.unsent = 0;
  }
  try {
    fetchNow(target, { method: "POST", body, keepalive: true }).then(safely(conclude), safely(() => retry(0)));
  } catch (problem) {
    debug(problem);
    retry(0);
  }
};

const conclude = (response: Response): void => {
  const { status } = response;
  if (status < 400) {
    failures = 0;
    for (const view of views) view.sending = 0;
    arm();
  } else if (status === 429 || status > 499) {
    const asked = 1000 * +(response.headers.get("Retry-After") || 0);
    if (status === 429) quietUntil = Date.now() + (asked || LONGEST_RETRY_MS);
    retry(asked);
  } else {
    // 4xx: a wrong key or origin; trying again would not mend it.
    debug("the collector refused with " + status);
    stop();
  }
};

const retry = (askedMs: number): void => {
  debug("the collector did not answer");
  for (const view of views) {
    view.unsent |= view.sending;
    view.sending = 0;
  }
  if (isQuiet()) disarm();
  const waitMs = Math.max(askedMs || 0, Math.min(LONGEST_RETRY_MS, RETRY_AFTER_MS * 2 ** failures++));
  sendTimer ||= setTimer(safely(send), waitMs);
};
