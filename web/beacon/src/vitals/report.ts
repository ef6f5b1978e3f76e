/** Gives a vital to the view that it belongs to, and names what caused it. */

import type { Metric } from "web-vitals";
import { safely } from "../guard";
import { load } from "../load";
import { routeKey } from "../route";
import { mask } from "../scrub";
import { VITALS } from "../sections";
import { currentView, touch } from "../view";
import { views, type View } from "../views";
import type { Vitals } from "../wire";

type Name = "lcp_ms" | "inp_ms" | "cls" | "fcp_ms" | "ttfb_ms";
type Attribution = Record<string, string | number | undefined>;

/** Every change is taken, so that what is armed for a crash is current; soft navigations get vitals of their own. */
const EACH = { reportAllChanges: true, reportSoftNavs: true };

/** Follows one vital; `explain` names what caused it. */
export const watch = <M extends Metric>(
  on: (take: (metric: M) => void, options: typeof EACH) => void,
  name: Name,
  explain: (metric: M) => Attribution,
  options = EACH,
): void => {
  const take = safely((metric: M) => report(metric, name, explain(metric)));
  // What our stand-ins do is not asked of them.
  if (IS_LEAN) (on as (take: (metric: M) => void) => void)(take);
  else on(take, options);
};

const report = (metric: Metric, name: Name, cause: Attribution): void => {
  const { value, entries, navigationType, navigationId } = metric;
  const isSoft = navigationType === "soft-navigation";
  const view = isSoft ? softView(metric) : load;
  const next = view && views[views.indexOf(view) + 1];
  const last: PerformanceEntry | undefined = entries[entries.length - 1];
  // What happened after the next view began is not this one's, and perhaps another version's.
  if (!view || last?.startTime! >= next?.startMs!) return;
  // A soft navigation that stayed on one path is no new view: responsiveness and stability are the worst of both.
  if (!isSoft || view.softId === navigationId || (/cls|inp/.test(name) && value > (view.vitals[name] || 0))) {
    keep(view, name, value, cause);
  }
};

const softView = (metric: Metric): View | undefined => {
  const key = routeKey(metric.navigationURL || document.documentURI);
  currentView();
  for (let i = views.length - 1; i >= 0; i--) {
    const view = views[i]!;
    if (view.softId === metric.navigationId && view !== load) return view;
    if (view._key !== key) continue;
    if (view.told.navigation_type === "route-change") {
      // The browser has seen it as well, and says so: these vitals are its own.
      view.softId = metric.navigationId;
      view.told.navigation_type = "soft-navigation";
    }
    return view;
  }
  return undefined;
};

export const keep = (view: View, name: Name, value: number, cause: Attribution): void => {
  // Event timing and paints are rounded by browsers to 4 or 8 ms; layout shifts are reported to four places.
  const digits = name === "cls" ? 10_000 : 10;
  const vitals: Vitals = view.vitals;
  vitals[name] = Math.round(value * digits) / digits;
  const keys = Object.keys(cause);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const part = cause[key];
    // NaN included
    if (!part && part !== 0) delete vitals.attribution?.[key];
    else (vitals.attribution ||= {})[key] = typeof part === "number" ? Math.round(part * 10) / 10 : mask(part);
  }
  touch(view, VITALS);
};
