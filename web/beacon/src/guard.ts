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

const heard: (() => void)[] = [];

const listenAgain = (): void => {
  for (const hear of heard) hear();
};

/** Listens again after `document.open` (which a late `document.write` calls): it takes all listeners of a page away. */
export const watchOpening = (): void => new MutationObserver(listenAgain).observe(document, { childList: true });

/** Listens in the capture phase, so that a page that stops propagation does not blind us. */
export const listen = <E extends Event = Event>(target: EventTarget, type: string, act: (event: E) => void): void => {
  const safe = safely(act) as EventListener;
  heard[heard.length] = () => target.addEventListener(type, safe, true);
  listenAgain();
};
