/**
 * The vitals-only build: the five vitals of a page view per version and cohort, and nothing else. For pages that watch every byte. No
 * session, no errors, no events, no route changes; the address without its query.
 */

import { onCLS, onFCP, onINP, onLCP, onTTFB, type Metric } from "web-vitals";
import { newId } from "./identity";
import { safely } from "./guard";
import { activationStart } from "./navigation";
import { mask } from "./scrub";
import type { Beacon, Vitals } from "./wire";
import { write } from "./write";

const begin = safely((src: string, { key = "", version, cohort, to }: DOMStringMap): void => {
  const { fetchLater } = window;
  const target = new URL((to || ".").replace(/\/*$/, "/") + "v1/b", to ? document.baseURI : src).href;
  const vitals: Vitals = {};
  const beacon: Beacon = {
    key,
    page_view_id: newId(),
    service_version: version,
    cohort,
    started_at: Math.round(Date.now() - performance.now() + activationStart()),
    synthetic: navigator.userAgent.includes("LeadlineSynthetic/") ? "test" : undefined,
    url: mask(location.origin + location.pathname, 500),
    sdk_name: "leadline-vitals",
    sdk_version: SDK_VERSION,
    vitals,
  };
  let armed: AbortController | undefined;
  let timer = 0;
  let seq = 0;
  let isNew = true;
  const state = (deferred?: boolean): string => write({ ...beacon, seq: seq++, sent_at: Date.now(), deferred });
  const arm = safely(() => {
    timer = 0;
    armed?.abort();
    armed = new AbortController();
    fetchLater?.(target, { method: "POST", body: state(true), signal: armed.signal });
  });
  const take =
    (name: "lcp_ms" | "inp_ms" | "cls" | "fcp_ms" | "ttfb_ms") =>
    ({ value, navigationType }: Metric): void => {
      // A return from the back/forward cache is another view, which this build does not tell of.
      if (navigationType === "back-forward-cache") return;
      vitals[name] = +value.toFixed(4);
      isNew = true;
      timer ||= setTimeout(arm, 500);
    };
  const options = { reportAllChanges: true };
  onLCP(take("lcp_ms"), options);
  onINP(take("inp_ms"), options);
  onCLS(take("cls"), options);
  onFCP(take("fcp_ms"), options);
  onTTFB(take("ttfb_ms"), options);
  arm();
  const handOver = safely(() => {
    if (document.visibilityState !== "hidden" || !isNew) return;
    isNew = false;
    clearTimeout(timer);
    timer = 0;
    armed?.abort();
    if (fetchLater) fetchLater(target, { method: "POST", body: state(), activateAfter: 0 });
    else navigator.sendBeacon(target, state());
  });
  document.addEventListener("visibilitychange", handOver);
});

safely(() => {
  const script = document.currentScript as HTMLScriptElement | null;
  const page = window as unknown as { leadline?: unknown };
  if (!script?.dataset.key || page.leadline) return;
  page.leadline = { version: SDK_VERSION };
  const { src, dataset } = script;
  // A page that is being prerendered has no visitor yet; most of these are never seen.
  if (document.prerendering) document.addEventListener("prerenderingchange", () => begin(src, dataset), true);
  else begin(src, dataset);
})();
