/**
 * The page's own requests that failed: status 500 and above, or no answer at all. `fetch` and XMLHttpRequest are wrapped,
 * because resource timing knows neither the method nor why there was no answer. An aborted request did not fail.
 */

import { isOwn } from "./delivery";
import { safely } from "./guard";
import { templatePath } from "./route";
import { REQUESTS } from "./sections";
import { append, currentView, since, touch } from "./view";
import type { BeaconRequest } from "./wire";

/** Which requests are kept. `b-more.js` keeps all of them, and looks at the answers. */
export const kept = {
  lowestStatus: 500,
  // Different requests kept per view.
  most: 20,
  look: undefined as ((record: BeaconRequest, answer: Response | XMLHttpRequest | undefined) => void) | undefined,
};

/** Begins a request; the answer takes its status, 0 where there was none. */
const begin = (asked: unknown, address: unknown): ((status: number, answer?: Response | XMLHttpRequest) => void) => {
  const startMs = performance.now();
  return safely((status_code: number, answer?: Response | XMLHttpRequest): void => {
    const { origin, pathname, href } = new URL(String(address), document.baseURI);
    const view = (!status_code || status_code >= kept.lowestStatus) && !isOwn(href) && currentView();
    if (!view) return;
    const method = String(asked || "GET").toUpperCase();
    const route = (origin === location.origin ? "" : origin) + templatePath(pathname);
    for (const past of view.requests) {
      if (past.route === route && past.method === method && past.status_code === status_code) {
        past.count = (past.count || 1) + 1;
        return touch(view, REQUESTS);
      }
    }
    // A poll may hang longer than the hour that the wire takes.
    const duration_ms = Math.min(3_600_000, Math.round(performance.now() - startMs));
    const record: BeaconRequest = { at_ms: since(view, startMs), method, route, status_code, duration_ms };
    kept.look?.(record, answer);
    append(view, "requests", record, kept.most);
  });
};

export const watchFetch = (): void => {
  const original = window.fetch;
  window.fetch = function (this: unknown, ...given: Parameters<typeof fetch>) {
    const [input, init] = given;
    const request = input as Request;
    const end = begin(init?.method || request?.method, request?.url || input);
    // The derived promise is what the page gets: a rejection that nobody handles is still reported as such.
    return original.apply(this as Window, given).then(
      (response) => {
        end(response.status || 200, response);
        return response;
      },
      (problem) => {
        if (problem?.name !== "AbortError") end(0);
        throw problem;
      },
    );
  };
};

export const watchXhr = (): void => {
  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...given: unknown[]) {
    const end = begin(given[0], given[1]);
    for (const type of ["load", "error", "timeout"]) this.addEventListener(type, () => end(this.status, this), { once: true });
    return open.apply(this, given as Parameters<typeof open>);
  } as typeof open;
};
