import * as Sentry from "@sentry/browser";
Sentry.init({
  dsn: bench.collector.replace("//", "//key@") + "/1",
  integrations: [Sentry.browserTracingIntegration()],
  tracesSampleRate: 1,
});
bench.bought = () => Sentry.addBreadcrumb({ message: "bought", data: { value: 3 } });
bench.tag = () => Sentry.setTag("plan", "gold");
