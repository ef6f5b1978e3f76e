/**
 * One PerformanceObserver for all who ask while the beacon starts: every observer, and every type that it observes, costs
 * a page. Entries come in the order in which they ended, whatever their type, and what goes wrong with one asker is not
 * another's fault.
 */

import { safely } from "./guard";

type Take = (entries: PerformanceEntry[]) => void;

interface Hub {
  observer: PerformanceObserver;
  askers: { wanted: string[]; take: Take }[];
  /** The types that are observed. */
  known: string[];
}

let open: Hub | undefined;

const deliver = ({ askers }: Hub, entries: PerformanceEntry[]): void => {
  entries.sort((one, other) => one.startTime + one.duration - other.startTime - other.duration);
  for (const { wanted, take } of askers) {
    const theirs = entries.filter((entry) => wanted.includes(entry.entryType));
    if (theirs[0]) take(theirs);
  }
};

const openHub = (): Hub => {
  const opened: Hub = {
    // Safari calls back at once and not in a task of its own (https://github.com/GoogleChrome/web-vitals/issues/277).
    observer: new PerformanceObserver((list) => queueMicrotask(safely(() => deliver(opened, list.getEntries())))),
    askers: [],
    known: [],
  };
  // Who asks later has missed what was buffered, and gets an observer of its own.
  queueMicrotask(() => {
    open = undefined;
  });
  return opened;
};

/** What it returns hands over what has been seen so far. */
export const observe = safely((types: string[], act: Take, options?: object): (() => void) | undefined => {
  const hub = (open ||= openHub());
  const { observer, askers, known } = hub;
  const wanted = types.filter((type) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return false;
    if (!known.includes(type)) {
      known.push(type);
      observer.observe({ type, buffered: true, ...options });
    }
    return true;
  });
  if (!wanted[0]) return undefined;
  askers.push({ wanted, take: safely(act) });
  return () => deliver(hub, observer.takeRecords());
});
