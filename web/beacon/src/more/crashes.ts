/** A crash report of the browser's carries the version of the view (Chromium; docs/snippet.md has the header it needs). */

import { watchHistory } from "../history";
import type { Inside } from "../start";

// What the report may hold; a name and a version need 120 at most.
const MOST_BYTES = 256;

export const nameCrashes = ([, currentView]: Inside): void => {
  const report = window.crashReport;
  const tell = (): void => {
    const version = currentView()?.told.service_version;
    if (version) report!.set("version", version);
  };
  report
    ?.initialize(MOST_BYTES)
    .then(() => {
      tell();
      watchHistory(tell);
    })
    .catch(() => undefined);
};
