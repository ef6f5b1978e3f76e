/**
 * The beacon never throws into the page: every entry from outside runs inside `safely`. What goes wrong is said once,
 * in one `console.debug` line.
 */

let hasSpoken = false;

export const debug = (text: unknown): void => {
  if (!hasSpoken) {
    hasSpoken = true;
    try {
      console.debug("leadline: " + text);
    } catch {
      // a page may have taken the console away
    }
  }
};

export const safely =
  <A extends unknown[], R>(act: (...given: A) => R) =>
  (...given: A): R | undefined => {
    try {
      return act(...given);
    } catch (problem) {
      debug(problem);
      return undefined;
    }
  };

/** Listens in the capture phase, so that a page that stops propagation does not blind us. */
export const listen = <E extends Event = Event>(target: EventTarget, type: string, act: (event: E) => void): void =>
  target.addEventListener(type, safely(act) as EventListener, true);
