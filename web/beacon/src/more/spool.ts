/**
 * Keeps what could not be sent because the page ended offline, in IndexedDB, and sends it from the next page that is
 * online. The collector drops what is older than a day, so no more is kept.
 */

import { safely } from "../guard";
import type { Inside } from "../start";

const NAME = "_ll";
const DAY_MS = 86_400_000;

interface Kept {
  body: string;
  at: number;
}

const openSpool = (act: (spool: IDBObjectStore) => void): void => {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(NAME, { autoIncrement: true });
  opening.onsuccess = safely(() => act(opening.result.transaction(NAME, "readwrite").objectStore(NAME)));
  // A private window may refuse: then nothing is kept. The error is ours and not the page's.
  opening.onerror = (event) => event.preventDefault();
};

export const keepOffline = ([, , , , , , ways, target]: Inside): void => {
  // Opened ahead: a page that is being left has no time to open anything.
  openSpool((spool) => {
    const { db } = spool.transaction;
    ways.unshift((body) => {
      if (navigator.onLine) return false;
      const kept: Kept = { body, at: Date.now() };
      return db.transaction(NAME, "readwrite").objectStore(NAME).add(kept);
    });
  });
  const empty = (): void =>
    openSpool((spool) => {
      const reading = spool.getAll();
      spool.clear();
      reading.onsuccess = safely(() => {
        for (const { body, at } of reading.result as Kept[]) {
          if (Date.now() - at < DAY_MS) navigator.sendBeacon(target(), body);
        }
      });
    });
  if (navigator.onLine) empty();
  addEventListener("online", safely(empty));
};
