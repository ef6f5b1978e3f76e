/** `@leadline/beacon`: the same beacon for a bundler, started by the page's own code. */

import type { Settings } from "./settings";
import { start as startAt, type Leadline } from "./start";

/** Starts the beacon, once. Without `to` it posts to `/_l/v1/b` of the page's own origin. */
export const start = (settings: Settings): Leadline => startAt(settings, new URL("/_l/", location.href).href);

export type { EventDetails } from "./events";
export type { Leadline, Settings };
