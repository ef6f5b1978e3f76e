/** What the browser itself complains about: deprecations, and interventions against the page (Chromium). */

import { safely } from "../guard";
import { recordError } from "./record";

export const watchReports = (): void => {
  if (!window.ReportingObserver) return;
  const take: ReportingObserverCallback = (reports) => {
    for (const { type, body } of reports) {
      const { id, message } = body as { id?: string; message?: string };
      recordError(type as "deprecation" | "intervention", type, (id ? id + ": " : "") + message);
    }
  };
  new ReportingObserver(safely(take), { types: ["deprecation", "intervention"], buffered: true }).observe();
};
