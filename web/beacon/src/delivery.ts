/**
 * Delivery. What is known is armed in the browser from the start with `fetchLater`, which survives a renderer's crash and
 * the browser's end where `sendBeacon` does not (bench/beacon/ measures it), and re-armed as it changes. When the page is
 * hidden the rest is handed over at once. While it stays open, news travel after `sendAfter` by `fetch`, whose answer
 * can be read: a refusal is final, a busy collector is left alone for as long as it asks.
 */

import { compose } from "./compose";
import { debug, listen, safely } from "./guard";
import { PAGE, VITALS } from "./sections";
import { settings } from "./settings";
import { views } from "./view";

// Arming costs 0.7 ms the first time and 0.5 later, and a load changes its vitals about five times within a second: so first as
// soon as the page is idle; then a second after an error, an event or a failed request, which may be what a crash follows from, and
// two after all else.
const ARM_FIRST_MS = 300;
const ARM_NEWS_MS = 1_000;
const ARM_REST_MS = 2_000;
// Half of the shortest window that a verdict looks at (1 min): every view has told of itself by then, so that
// views with errors are not seen before those without.
const SEND_AFTER_S = 30;
// What fits into one packet (Ethernet 1,500 less headers) gains nothing from being smaller.
const ONE_PACKET_BYTES = 1_400;
const RETRY_AFTER_MS = 5_000;
const LONGEST_RETRY_MS = 5 * 60_000;

// The page's own, as they were when we came. What a page replaces later does not reach us.
const { fetch: fetchNow, fetchLater, setTimeout: setTimer } = window;

export let target = "";
let armed: AbortController | undefined;
let armTimer = 0;
let armWaitMs = 0;
let sendTimer = 0;
let failures = 0;
let quietUntil = 0;
/** Without consent, or refused by the collector. */
export let isStopped = false;

export const openDelivery = (address: string): void => {
  target = address;
  // On `document` and not on `window`: web-vitals finishes its values in window's capture phase, so we come after it.
  listen(document, "visibilitychange", () => document.visibilityState === "hidden" && handOver());
  // Safari before 17 does not tell of hiding when a page is left. Chromium does, after pagehide and with final values.
  if (!fetchLater) listen(window, "pagehide", handOver);
  listen(window, "online", send);
};

/** Something is new: arm it soon, send it some time. */
export const schedule = (section = PAGE): void => {
  if (isStopped) return;
  const waitMs = section > VITALS ? ARM_NEWS_MS : ARM_REST_MS;
  if (!armTimer || waitMs < armWaitMs) {
    clearTimeout(armTimer);
    armWaitMs = waitMs;
    armTimer = setTimer(arm, waitMs);
  }
  sendTimer ||= setTimer(send, 1000 * (+settings.sendAfter! > 0 ? +settings.sendAfter! : SEND_AFTER_S));
};

/** Whether an address is ours, so that we don't report on ourselves. */
export const isOwn = (address: string): boolean => address.split("?")[0] === target;

/** The first time: when the page has a moment, at the latest after ARM_FIRST_MS. */
export const armSoon = (): void => {
  window.requestIdleCallback?.(arm, { timeout: ARM_FIRST_MS });
};

export const arm = safely((): void => {
  disarm();
  const body = fetchLater && !isBarred() && compose(true);
  if (!body) return;
  armed = new AbortController();
  // Throws where it is over its quota, forbidden by policy, or without https: what is left is sent on hiding.
  fetchLater(target, { method: "POST", body, signal: armed.signal });
});

const disarm = (): void => {
  clearTimeout(armTimer);
  armTimer = 0;
  armed?.abort();
  armed = undefined;
};

/** Nothing more is sent by this page, whatever was armed included. */
export const stop = (): void => {
  isStopped = true;
  disarm();
  clearTimeout(sendTimer);
  sendTimer = 0;
};

export const resume = (): void => {
  isStopped = false;
};

// 429: the collector asked for silence, which a page's end does not break.
const isBarred = (): boolean => isStopped || Date.now() < quietUntil;

/** Ways to hand a body over for good, the best first. The first outlives the browser's own end. */
export const ways: ((body: string) => unknown)[] = [
  (body) => fetchLater!(target, { method: "POST", body, activateAfter: 0 }),
  (body) => navigator.sendBeacon(target, body),
  (body) => fetchNow(target, { method: "POST", body, keepalive: true }).catch(debug),
];

/** The page is being hidden or left: the browser takes what is new, at once and for sure. */
const handOver = (): void => {
  disarm();
  const body = !isBarred() && compose();
  for (const way of body ? ways : []) {
    try {
      if (!way(body as string)) continue;
      for (const view of views) view.unsent = view.sending = 0;
      break;
    } catch {
      // the next way
    }
  }
};

/** Sends what is new by fetch. Until the answer is there it stays armed as well: the same view and a higher seq win. */
const send = safely((): void => {
  clearTimeout(sendTimer);
  sendTimer = 0;
  const body = !isBarred() && navigator.onLine && compose();
  if (!body) return;
  for (const view of views) {
    view.sending |= view.unsent;
    view.unsent = 0;
  }
  const post = (packed: BodyInit): Promise<void> =>
    fetchNow(target, { method: "POST", body: packed, keepalive: true }).then(safely(conclude), () => retry(0));
  if (body.length < ONE_PACKET_BYTES || !window.CompressionStream) post(body);
  else pack(body).then(post, () => post(body));
});

/** Gzip, known to the collector by its first bytes: a header would cost a preflight. */
const pack = (body: string): Promise<Blob> =>
  new Response(new Response(body).body!.pipeThrough(new CompressionStream("gzip")), {
    headers: { "Content-Type": "text/plain" },
  }).blob();

const conclude = ({ status, headers }: Response): void => {
  if (status < 400) {
    failures = 0;
    for (const view of views) view.sending = 0;
    arm();
  } else if (status === 429 || status > 499) {
    retry(1000 * +headers.get("Retry-After")!, status === 429);
  } else {
    // 4xx: a wrong key or origin; trying again would not mend it.
    debug("refused: " + status);
    stop();
  }
};

const retry = (askedMs: number, isSilence?: boolean): void => {
  debug("no answer");
  for (const view of views) {
    view.unsent |= view.sending;
    view.sending = 0;
  }
  const waitMs = askedMs || Math.min(LONGEST_RETRY_MS, RETRY_AFTER_MS * 2 ** failures++);
  if (isSilence) {
    quietUntil = Date.now() + waitMs;
    disarm();
  }
  clearTimeout(sendTimer);
  sendTimer = setTimer(send, waitMs);
};
