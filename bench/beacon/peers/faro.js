import { getWebInstrumentations, initializeFaro } from "@grafana/faro-web-sdk";
initializeFaro({ url: "/v1/b", app: { name: "shop", version: "1.0.0" }, instrumentations: getWebInstrumentations() });
