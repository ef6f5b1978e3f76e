/** `@leadline/beacon`: the same beacon for a bundler, started by the page's own code. */

import type { Settings } from "./settings";
import { start as startAt, type Leadline } from "./start";

const nothing = (): void => undefined;

/**
 * Starts the beacon, once. Without `to` it posts to `/_l/v1/b` of the page's own origin. Where there is no document (server-side
 * rendering) it does nothing, and neither does what it returns.
 */
export const start = (settings: Settings): Leadline =>
  typeof document === "undefined"
    ? { event: nothing, error: nothing, tag: nothing, consent: nothing, version: SDK_VERSION, inside: [] as never }
    : startAt(settings, new URL("/_l/", location.href).href);

export type { EventDetails } from "./events";
export type { Leadline, Settings };
