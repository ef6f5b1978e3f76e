/**
 * Delivery. What is known is armed in the browser from the start with `fetchLater`, which survives a renderer's crash and
 * the browser's end where `sendBeacon` does not (bench/beacon/ measures it), and re-armed as it changes. When the page is
 * hidden the rest is handed over at once. While it stays open, news travel after `sendAfter` by `fetch`, whose answer
 * can be read: some refusals are final for this page, a busy collector is left alone for as long as it asks.
 *
 * All that a browser takes at a page's end shares 64 kB an origin (Fetch 4.6). So a view that has grown large is sent while the page
 * lives, what has arrived of it leaves the memory, and on leaving what is heavy stays behind before a sale or an error does.
 */

import { compose, WHOLE_AFTER_MS } from "./compose";
import { debug, listen, safely } from "./guard";
import { ALL, EVENTS, PAGE, VITALS } from "./sections";
import { IS_OPEN, isStopped, LOST, note, setStopped } from "./session";
import { settings } from "./settings";
import { LISTS, views } from "./views";

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
// Half of what a browser takes at a page's end.
const LARGE_BYTES = 32_000;
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
/** A fetch without an answer yet. */
let isSending = false;
/** The page is being left: what ends now ends because of that. */
export let isLeft = false;

export const openDelivery = (address: string): void => {
  target = address;
  // On `document` and not on `window`: web-vitals finishes its values in window's capture phase, so we come after it.
  listen(document, "visibilitychange", () => document.visibilityState === "hidden" && handOver());
  listen(window, "pageshow", () => {
    isLeft = false;
  });
  listen(window, "pagehide", () => {
    isLeft = true;
    note(IS_OPEN, 0);
    // Safari before 17 does not tell of hiding when a page is left, and nothing tells of it where the page was hidden already.
    // Else Chromium does, after pagehide and with final values.
    if (document.visibilityState === "hidden" || !fetchLater) handOver();
  });
  listen(window, "online", send);
};

/** Something is new: arm it soon, send it some time. */
export const schedule = (section = PAGE): void => {
  if (isStopped) return;
  // What a page tells while it is left (many do on hiding, after us) has no time to wait.
  if (isLeft && section > VITALS && section < ALL) return handOver();
  const waitMs = section > VITALS ? ARM_NEWS_MS : ARM_REST_MS;
  if (!armTimer || waitMs < armWaitMs) {
    clearTimeout(armTimer);
    armWaitMs = waitMs;
    armTimer = setTimer(arm, waitMs);
  }
  sendTimer ||= setTimer(send, 1000 * (Math.max(0, settings.sendAfter as number) || SEND_AFTER_S));
};

/** Whether an address is ours, so that we don't report on ourselves. */
export const isOwn = (address: string): boolean => address.split("?")[0] === target;

/** The first time: when the page has a moment, at the latest after ARM_FIRST_MS. */
export const armSoon = (): void => {
  window.requestIdleCallback?.(arm, { timeout: ARM_FIRST_MS });
  setTimer(arm, WHOLE_AFTER_MS);
};

export const arm = safely((): void => {
  disarm();
  let body = !isBarred() && compose(true);
  if (body && body.length > LARGE_BYTES) {
    if (!isSending) send();
    body = compose(true, true);
  }
  if (!body || !fetchLater) return;
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
  setStopped(true);
  disarm();
  clearTimeout(sendTimer);
  sendTimer = 0;
};

export const resume = (): void => setStopped(false);

// 429: the collector asked for silence, which a page's end does not break.
const isBarred = (): boolean => isStopped || Date.now() < quietUntil;

/** Ways to hand a body over for good, the best first. The first outlives the browser's own end. */
export const ways: ((body: string) => unknown)[] = [
  (body) => fetchLater!(target, { method: "POST", body, activateAfter: 0 }),
  (body) => navigator.sendBeacon(target, body),
  // Says only later that it was over the quota.
  (body) => body.length < LARGE_BYTES && fetchNow(target, { method: "POST", body, keepalive: true }).catch(lose),
];

/** What could not be handed over: the tab's next page tells of it, unless this one still does. */
const lose = (): void => {
  let lost = 0;
  for (const view of views) {
    if (view.unsent | view.sending) lost++;
    view.unsent = ALL;
  }
  schedule(ALL);
  note(LOST, lost || 1);
};

/** The page is being hidden or left: the browser takes what is new, at once and for sure. */
const handOver = (): void => {
  for (const isLean of [false, true]) {
    const body = !isBarred() && compose(false, isLean);
    if (!body) return;
    // Not before: where a page has broken what we write with, what is armed stands.
    disarm();
    // Offline they would take it and not deliver it; only what b-more.js has put before them keeps it.
    let left = ways.length;
    for (const way of ways) {
      try {
        if ((left-- < 4 && !navigator.onLine) || !way(body)) continue;
        // What was left out is sent if the page comes back.
        if (!isLean) for (const view of views) view.unsent = view.sending = 0;
        return;
      } catch {
        // the next way
      }
    }
  }
  lose();
};

/** Sends what is new by fetch. Until the answer is there it stays armed as well: the same view and a higher seq win. */
const send = safely((): void => {
  clearTimeout(sendTimer);
  sendTimer = 0;
  const body = !isBarred() && navigator.onLine && compose();
  if (!body) return;
  if (isSending) return schedule();
  isSending = true;
  for (const view of views) {
    view.sending |= view.unsent;
    view.unsent = 0;
    for (const [name] of LISTS) view.stated[name] = view[name].length;
  }
  const isLarge = body.length > LARGE_BYTES;
  const end = (answer?: Response): void => {
    isSending = false;
    answer ? conclude(answer, isLarge) : retry(0);
  };
  // A page's stand-in may throw at once, and answer with anything.
  const post = async (packed: BodyInit): Promise<Response> =>
    fetchNow(target, { method: "POST", body: packed, keepalive: !isLarge });
  (body.length < ONE_PACKET_BYTES || !window.CompressionStream ? post(body) : pack(body).then(post, () => post(body))).then(
    safely(end),
    () => end(),
  );
});

/** Gzip, known to the collector by its first bytes: a header would cost a preflight. */
const pack = (body: string): Promise<Blob> =>
  new Response(new Response(body).body!.pipeThrough(new CompressionStream("gzip")), {
    headers: { "Content-Type": "text/plain" },
  }).blob();

const conclude = ({ status, headers }: Response, isLarge: boolean): void => {
  // Too slow, too early, too many, a server in trouble.
  if (status === 408 || status === 425 || status === 429 || status > 499) {
    return retry(1000 * +headers.get("Retry-After")!, status === 429);
  }
  failures = 0;
  for (const view of views) {
    view.sending = 0;
    // What has arrived need not be kept and said again, and what was refused would be refused again.
    for (const [name, bit] of LISTS) {
      const told = view.stated[name]!;
      if (told && (isLarge || status > 399) && (bit === EVENTS || !(view.unsent & bit))) {
        view[name].splice(0, told);
        view.from[name] = (view.from[name] || 0) + told;
      }
    }
  }
  note(LOST, 0);
  if (status > 399) debug("refused: " + status);
  // A wrong key or origin, and an app that is switched off: trying again would not mend it, the next page may.
  if (status === 401 || status === 403 || status === 410 || headers.get("Leadline-Dropped") === "app_off") stop();
  else arm();
};

const retry = (askedMs: number, isSilence?: boolean): void => {
  debug("no answer");
  for (const view of views) {
    view.unsent |= view.sending;
    view.sending = 0;
    view.stated = {};
  }
  const waitMs = askedMs || Math.min(LONGEST_RETRY_MS, RETRY_AFTER_MS * 2 ** failures++);
  if (isSilence) {
    quietUntil = Date.now() + waitMs;
    disarm();
  }
  clearTimeout(sendTimer);
  sendTimer = setTimer(send, waitMs);
};
