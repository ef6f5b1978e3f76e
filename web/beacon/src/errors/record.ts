/** Counts errors by fingerprint and keeps the first stack: a storm of one error is one line with a count. */

import { fingerprint } from "../fingerprint";
import { mask, say, scrubText } from "../scrub";
import { ERRORS } from "../sections";
import { append, currentView, since, touch } from "../view";

// Different errors kept per view.
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
  nowMs?: number,
  trace?: unknown,
): void => {
  const view = currentView();
  if (!view) return;
  const error_type = mask(type || "Error", 100);
  const message = scrubText(said, 300);
  const stack = trace ? scrubText(trace, 1500) : undefined;
  const name = fingerprint(error_type, message, stack);
  for (const known of view.errors) {
    if (known.fingerprint === name) {
      known.count = Math.min(MOST_TIMES, known.count! + 1);
      return touch(view, ERRORS);
    }
  }
  const error = { at_ms: since(view, nowMs), error_type, message, stack, count: 1, fingerprint: name, source };
  append(view, "errors", ERRORS, error, MOST_ERRORS);
};

/** Whatever was thrown or rejected: an Error, or anything else. */
export const recordThrown = (source: ErrorSource, thrown: unknown, said?: string, nowMs?: number, file?: string): void => {
  let name, message: unknown, stack;
  try {
    ({ name, message, stack } = thrown as Error);
  } catch {
    // nothing was thrown, or what refuses to be read
  }
  message ??= said || thrown;
  // Errors that harm no user get a type of their own. Here: the innermost frame is a browser extension's. Those that the message
  // identifies are named on the server (leadline/wire/harmless_errors.py).
  recordError(source, /^[^/]*-extension:/.test(say(stack || file)) ? "ExtensionError" : name, message, nowMs, stack);
};
