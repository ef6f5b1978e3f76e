/** The page's views as they stand: what the script collects, writes and sends. Nothing here acts. */

import { ERRORS, EVENTS, REQUESTS } from "./sections";
import type { Session } from "./session";
import type { Beacon, BeaconError, BeaconEvent, BeaconRequest, Vitals } from "./wire";

export interface View {
  /** What every beacon of the view says. */
  told: Beacon;
  seq: number;
  session: Session;
  _key: string;
  /** The browser's id of a soft navigation, once it has told us. */
  softId?: number;
  /** On the clock of `performance.now()`. */
  startMs: number;
  /** What that clock and the wall's were apart at the start. */
  apartMs: number;
  attributes: NonNullable<Beacon["attributes"]>;
  vitals: Vitals;
  errors: BeaconError[];
  events: BeaconEvent[];
  requests: BeaconRequest[];
  /** How many items of a section have left the memory, because they arrived. */
  from: NonNullable<Beacon["from"]>;
  unsent: number;
  sending: number;
  /** How many items each section had when it was last sent. */
  stated: NonNullable<Beacon["from"]>;
}

/** The sections that are lists, with their bits. Walked with `for`: a page may have replaced the methods of arrays. */
export const LISTS = [
  ["errors", ERRORS],
  ["events", EVENTS],
  ["requests", REQUESTS],
] as const;

export const views: View[] = [];
