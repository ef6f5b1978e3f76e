/** A crash report of the browser's carries the view and its version (Chromium; docs/snippet.md has the header it needs). */

import { watchHistory } from "../history";
import type { Inside } from "../start";

// What the report may hold; two names, an id and a version need 200 at most.
const MOST_BYTES = 256;

export const nameCrashes = ([, currentView]: Inside): void => {
  const report = window.crashReport;
  const tell = (): void => {
    const told = currentView()?.told;
    if (!told) return;
    report!.set("page_view_id", told.page_view_id);
    if (told.service_version) report!.set("version", told.service_version);
  };
  report
    ?.initialize(MOST_BYTES)
    .then(() => {
      tell();
      watchHistory(tell);
    })
    .catch(() => undefined);
};
