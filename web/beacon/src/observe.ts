/**
 * One PerformanceObserver for all who ask while the beacon starts: every observer, and every type that it observes, costs
 * a page. Entries come in the order in which they ended, whatever their type, and what goes wrong with one asker is not
 * another's fault.
 */

import { safely } from "./guard";

type Take = (entries: PerformanceEntry[]) => void;

export interface Watch {
  disconnect: () => void;
  takeRecords: () => PerformanceEntry[];
}

interface Hub {
  observer: PerformanceObserver;
  askers: { wanted: string[]; take: Take }[];
  /** The types that are observed. */
  known: Record<string, boolean>;
}

let open: Hub | undefined;

const deliver = ({ askers }: Hub, entries: PerformanceEntry[]): void => {
  entries.sort((one, other) => one.startTime + one.duration - other.startTime - other.duration);
  for (const { wanted, take } of askers) {
    const theirs = entries.filter((entry) => wanted.includes(entry.entryType));
    if (theirs[0]) take(theirs);
  }
};

export const observe = safely((types: string[], act: Take, options?: object): Watch | undefined => {
  const wanted = types.filter((type) => PerformanceObserver.supportedEntryTypes.includes(type));
  if (!wanted[0]) return undefined;
  if (!open) {
    const opened: Hub = {
      // Safari calls back at once and not in a task of its own (https://github.com/GoogleChrome/web-vitals/issues/277).
      observer: new PerformanceObserver((list) => queueMicrotask(safely(() => deliver(opened, list.getEntries())))),
      askers: [],
      known: {},
    };
    open = opened;
    // Who asks later has missed what was buffered, and gets an observer of its own.
    queueMicrotask(() => {
      open = undefined;
    });
  }
  const hub = open;
  const asker = { wanted, take: safely(act) };
  hub.askers.push(asker);
  for (const type of wanted) {
    if (hub.known[type]) continue;
    hub.known[type] = true;
    hub.observer.observe({ type, buffered: true, ...options });
  }
  return {
    disconnect: () => {
      asker.wanted = [];
    },
    takeRecords: () => {
      deliver(hub, hub.observer.takeRecords());
      return [];
    },
  };
});
