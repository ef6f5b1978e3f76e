/** Counts errors by fingerprint and keeps the first stack: a storm of one error is one line with a count. */

import { fingerprint } from "../fingerprint";
import { mask, scrubStack } from "../scrub";
import { currentView, ERRORS, since, touch } from "../view";

// Different errors kept per view; what comes after is counted as one `(other)`.
const MOST_ERRORS = 20;
// The wire's own limit for `count`.
const MOST_TIMES = 1_000_000;

export type ErrorSource =
  | "uncaught"
  | "rejection"
  | "resource"
  | "csp"
  | "deprecation"
  | "intervention"
  | "cross-origin"
  | "reported";

export const recordError = (
  source: ErrorSource,
  type: unknown,
  said: unknown,
  trace?: unknown,
  nowMs = performance.now(),
): void => {
  const view = currentView();
  if (!view) return;
  let error_type = mask(type || "Error", 100);
  let message = mask(said);
  let stack = scrubStack(trace);
  let name = fingerprint(error_type, message, stack);
  let known = view.errors.find((error) => error.fingerprint === name);
  if (!known && view.errors.length >= MOST_ERRORS) {
    error_type = message = name = "(other)";
    stack = undefined;
    known = view.errors.find((error) => error.fingerprint === name);
  }
  if (known) known.count = Math.min(MOST_TIMES, known.count! + 1);
  else {
    view.errors[view.errors.length] = {
      at_ms: since(view, nowMs),
      error_type,
      message,
      stack,
      count: 1,
      fingerprint: name,
      source,
    };
  }
  touch(view, ERRORS);
};

/** Whatever was thrown or rejected: an Error, or anything else. */
export const recordThrown = (source: ErrorSource, thrown: unknown, said?: string, nowMs?: number): void => {
  const error = thrown as Partial<Error> | null | undefined;
  const isError = !!error && typeof error === "object" && error.message !== undefined;
  recordError(
    source,
    isError ? error.name : "Error",
    isError ? error.message : said || thrown,
    isError && error.stack,
    nowMs,
  );
};
