import * as Sentry from "@sentry/browser";
Sentry.init({
  dsn: location.origin.replace("//", "//key@") + "/1",
  integrations: [Sentry.browserTracingIntegration()],
  tracesSampleRate: 1,
});
