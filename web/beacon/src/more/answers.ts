/** All requests of the page, and what the server said of itself in them: its version, and the trace. */

import type { Inside } from "../start";

// Different method, route and status per view; the collector takes 250.
const MOST_REQUESTS = 100;

const headerOf = (answer: Response | XMLHttpRequest, name: string): string =>
  (answer instanceof Response ? answer.headers.get(name) : answer.getResponseHeader(name)) || "";

/** What `Server-Timing: version;desc="1.5.0"` says, quoted or not. */
const timing = (header: string, name: string): string | undefined =>
  new RegExp("(?:^|,)\\s*" + name + '\\s*;\\s*desc="?([^",;]+)').exec(header)?.[1];

export const watchAnswers = ([, , , , , kept]: Inside): void => {
  kept.lowestStatus = 0;
  kept.most = MOST_REQUESTS;
  kept.look = (record, answer) => {
    if (!answer) return;
    const header = headerOf(answer, "Server-Timing");
    record.server_version = timing(header, "version") || headerOf(answer, "X-App-Version") || undefined;
    // W3C trace context: version, trace id, parent id, flags.
    record.trace_id = timing(header, "traceparent")?.split("-")[1];
  };
};
