/** Reads the settings from the `<script>` that we are. */

import { resolve, type Settings } from "./settings";

/** A name of the page's own function, or the attribute itself, which the page may change while it runs. */
const asked =
  (script: HTMLElement, name: string) =>
  (): string | undefined => {
    const callback = (window as unknown as Record<string, unknown>)[script.dataset[name + "From"] || ""];
    return (typeof callback === "function" && resolve(callback as () => string)) || script.dataset[name];
  };

const words = (text: string | undefined): string[] | undefined => text?.split(/[\s,]+/);

export const readTag = (script: HTMLScriptElement): Settings => {
  const { dataset } = script;
  const routeFrom = (window as unknown as Record<string, unknown>)[dataset.routeFrom || ""];
  const base = dataset.to ? new URL(dataset.to, location.href) : new URL(".", script.src);
  return {
    key: dataset.key || "",
    to: base.href.replace(/\/*$/, "/"),
    version: asked(script, "version"),
    cohort: asked(script, "cohort"),
    routes: words(dataset.routes),
    route: typeof routeFrom === "function" ? (routeFrom as Settings["route"]) : undefined,
    allowQuery: words(dataset.allowQuery),
    sample: dataset.sample ? +dataset.sample : undefined,
    sampleErrors: "sampleErrors" in dataset,
    sendAfterMs: dataset.sendAfter ? +dataset.sendAfter * 1000 : undefined,
    consent: dataset.consent === "required" ? "required" : undefined,
    respectGpc: "respectGpc" in dataset,
    respectDnt: "respectDnt" in dataset,
    ignoreRequests: "ignoreRequests" in dataset,
  };
};
