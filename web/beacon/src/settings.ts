/** What the page may set, by the tag's attributes or by `start()`. docs/snippet.md names every one; a test compares. */

export interface Settings {
  /** The app's key, `pk_…`. Without it the beacon does nothing. */
  key: string;
  /** Where the collector answers: the base that `v1/b` is appended to. */
  to: string;
  /** The version that this page runs, or a function that is asked again at every route change. */
  version?: string | (() => string | undefined);
  /** `baseline`, `canary`, `shadow` or a ring's name; or a function. */
  cohort?: string | (() => string | undefined);
  /** Route patterns such as `/product/:id` and `/docs/*`; the first that fits names the route. */
  routes?: string[];
  /** Names the route itself; what it leaves undefined goes by `routes`. */
  route?: (url: URL) => string | undefined;
  /** Query parameters that may be kept in addresses. All others are dropped. */
  allowQuery?: string[];
  /** Share of sessions that report, 0..1. Decided once per session. */
  sample?: number;
  /** Sessions that are not in the sample still report their errors. */
  sampleErrors?: boolean;
  /** A view's news travel at the latest this long after they happened, while the page is open. */
  sendAfterMs?: number;
  /** `required`: nothing is kept or sent before `consent(true)`. */
  consent?: "required";
  /** Do nothing where the browser says Global Privacy Control. */
  respectGpc?: boolean;
  /** Do nothing where the browser says Do Not Track. */
  respectDnt?: boolean;
  /** Don't look at the page's own requests. */
  ignoreRequests?: boolean;
}

export let settings: Settings;

export const configure = (given: Settings): void => {
  settings = given;
};

/** Calls what may be a function of the page's; a throw there is the page's own and means "not known". */
export const resolve = (given: string | (() => string | undefined) | undefined): string | undefined => {
  try {
    return (typeof given === "function" ? given() : given) || undefined;
  } catch {
    return undefined;
  }
};
