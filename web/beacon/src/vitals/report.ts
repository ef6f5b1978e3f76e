/** Gives a vital to the view that it belongs to, and names what caused it. */

import type { Metric } from "web-vitals";
import { mask } from "../scrub";
import { currentView, touch, views, VITALS, type View } from "../view";
import { routeKey } from "../route";
import type { Vitals } from "../wire";

type Name = "lcp_ms" | "inp_ms" | "cls" | "fcp_ms" | "ttfb_ms";
type Attribution = Record<string, string | number | undefined>;

/** Every change is taken, so that what is armed for a crash is current; soft navigations get vitals of their own. */
export const options = { reportAllChanges: true, reportSoftNavs: true };

// The latest view that was a load or a return from the back/forward cache.
let load: View | undefined;

export const setLoad = (view: View): void => {
  load = view;
};

export const report = (metric: Metric, name: Name, cause: Attribution): void => {
  const isSoft = metric.navigationType === "soft-navigation";
  const view = isSoft ? softView(metric) : load;
  if (!view || views.indexOf(view) < 0) return;
  // A soft navigation that stayed on one path is no new view: responsiveness and stability are the worst of both.
  const isShared = isSoft && view.navigationId !== metric.navigationId;
  if (isShared && (name === "inp_ms" || name === "cls" ? metric.value <= (view.vitals[name] || 0) : true)) return;
  keep(view, name, metric.value, cause);
};

const softView = (metric: Metric): View | undefined => {
  const url = new URL(metric.navigationURL || location.href, location.href);
  currentView();
  for (let i = views.length - 1; i >= 0; i--) {
    const view = views[i]!;
    if (view.navigationId === metric.navigationId && view !== load) return view;
    if (view.key !== routeKey(url)) continue;
    if (view.navigationType === "route-change") {
      // The browser has seen it as well, and says so: these vitals are its own.
      view.navigationId = metric.navigationId;
      view.navigationType = "soft-navigation";
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
  for (const key of Object.keys(cause)) {
    const part = cause[key];
    if (part === undefined || part === "") delete vitals.attribution?.[key];
    else (vitals.attribution ||= {})[key] = typeof part === "number" ? Math.round(part * 10) / 10 : mask(part);
  }
  touch(view, VITALS);
};
