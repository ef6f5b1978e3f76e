/**
 * What the page may set, by the tag's attributes or by `start()`: `data-allow-query` is `allowQuery`. From a tag, this is
 * the element's own `dataset`, so that an attribute that changes under us (the version, after a deploy) is seen.
 * docs/snippet.md names every one; a test compares.
 */

type Flag = boolean | "" | "true" | "false";
type Asked = string | (() => string | undefined);

export interface Settings {
  /** The app's key, `pk_…`. Without it the beacon does nothing. */
  key: string;
  /** Where the collector answers: the base that `v1/b` is appended to. */
  to?: string;
  /** The version that this page runs, or a function that is asked again at every route change. */
  version?: Asked;
  /** `baseline`, `canary`, `shadow` or a ring's name; or a function. */
  cohort?: Asked;
  /** Route patterns such as `/product/:id` and `/docs/*`; the first that fits names the route. */
  routes?: string | string[];
  /** Names the route itself; what it leaves undefined goes by `routes`. */
  route?: (url: URL) => string | undefined;
  /** Query parameters that may be kept in addresses. All others are dropped. */
  allowQuery?: string | string[];
  /** Share of sessions that report, 0..1. Decided once per session. */
  sample?: number | string;
  /** Sessions that are not in the sample still report their errors. */
  sampleErrors?: Flag;
  /** A view's news travel at the latest this many seconds after they happened, while the page is open. */
  sendAfter?: number | string;
  /** `required`: nothing is sent or stored before `consent(true)`. */
  consent?: "required";
  /** Do nothing where the browser says Global Privacy Control. */
  respectGpc?: Flag;
  /** Do nothing where the browser says Do Not Track. */
  respectDnt?: Flag;
  /** Don't look at the page's own requests. */
  ignoreRequests?: Flag;
  /** Fetch the rest (`b-more.js`) when the page is idle; empty, or the address it is served at. */
  more?: string;
  /** The SRI hash of the rest. */
  moreIntegrity?: string;
  /** From a tag: names of the page's own functions that answer for `version`, `cohort` and `route`. */
  versionFrom?: string;
  cohortFrom?: string;
  routeFrom?: string;
}

type Callbacks = Record<string, ((url?: URL) => string | undefined) | undefined>;

export let settings: Settings;

export const configure = (given: Settings): void => {
  settings = given;
};

export const isOn = (flag: Flag | undefined): boolean => /^(true)?$/.test(String(flag));

/** `"/a /b"`, `"a,b"` or a list. */
export const words = (given: string | string[] | undefined): string[] => String(given || "").split(/[\s,]+/);

/** What the page's function says, or the text itself. A throw in there is the page's own and means "not known". */
export const ask = (name: "version" | "cohort" | "route" | "traceparent", address?: string): string | undefined => {
  const all = settings as unknown as Record<string, unknown>;
  const given = all[name];
  try {
    const theirs = typeof given === "function" ? given : (window as unknown as Callbacks)[all[name + "From"] as string];
    return theirs?.(address ? new URL(address) : (undefined as never)) || (typeof given === "string" ? given : undefined);
  } catch {
    return undefined;
  }
};
