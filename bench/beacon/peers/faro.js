import { getWebInstrumentations, initializeFaro } from "@grafana/faro-web-sdk";
const faro = initializeFaro({
  url: bench.collector + "/v1/b",
  app: { name: "shop", version: "1.0.0" },
  instrumentations: getWebInstrumentations(),
});
bench.bought = () => faro.api.pushEvent("bought", { value: "3" });
bench.tag = () => faro.api.setSession({ ...faro.api.getSession(), attributes: { plan: "gold" } });
