import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
const seen = {};
for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on((metric) => (seen[metric.name] = metric.value));
addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") navigator.sendBeacon(bench.collector + "/v1/b", JSON.stringify(seen));
});
