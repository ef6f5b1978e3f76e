/** `@leadline/beacon`: the same beacon for a bundler, started by the page's own code. */

export { start, type Leadline } from "./start";
export type { EventDetails } from "./events";
export type { Settings } from "./settings";
