/**
 * The page's own requests that failed: status 500 and above, or no answer at all. `fetch` and XMLHttpRequest are wrapped,
 * because resource timing knows neither the method nor why there was no answer. An aborted request did not fail.
 */

import { isOwn } from "./delivery";
import { safely } from "./guard";
import { templatePath } from "./route";
import { currentView, REQUESTS, since, touch } from "./view";

// Different failing requests kept per view.
const MOST_REQUESTS = 20;

interface Asked {
  method: string;
  address: string;
  atMs: number;
}

const recordRequest = safely((asked: Asked, status: number): void => {
  if (status > 0 && status < 500) return;
  const url = new URL(asked.address, document.baseURI);
  const view = currentView();
  if (!view || isOwn(url.href)) return;
  const path = templatePath(url.pathname);
  const route = url.origin === location.origin ? path : url.origin + path;
  const known = view.requests.find(
    (past) => past.route === route && past.method === asked.method && past.status_code === status,
  );
  if (known) known.count = (known.count || 1) + 1;
  else if (view.requests.length < MOST_REQUESTS) {
    const duration_ms = Math.round(performance.now() - asked.atMs);
    const at_ms = since(view, asked.atMs);
    view.requests[view.requests.length] = { at_ms, method: asked.method, route, status_code: status, duration_ms };
  }
  touch(view, REQUESTS);
});

const ask = (method: unknown, address: unknown): Asked => ({
  method: String(method || "GET").toUpperCase(),
  address: String(address),
  atMs: performance.now(),
});

export const watchFetch = (): void => {
  const original = window.fetch;
  window.fetch = function (this: unknown, ...given: Parameters<typeof fetch>) {
    const answer = original.apply(this as Window, given);
    try {
      const [input, init] = given;
      const request = typeof input === "object" && "url" in input ? input : undefined;
      const asked = ask(init?.method || request?.method, request?.url || input);
      // The derived promise is what the page gets: a rejection that nobody handles is still reported as such.
      return answer.then(
        (response) => {
          recordRequest(asked, response.status || 200);
          return response;
        },
        (problem: unknown) => {
          if ((problem as Error | undefined)?.name !== "AbortError") recordRequest(asked, 0);
          throw problem;
        },
      );
    } catch {
      return answer;
    }
  };
};

export const watchXhr = (): void => {
  const { open, send } = XMLHttpRequest.prototype;
  const requests = new WeakMap<XMLHttpRequest, Asked>();
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...given: unknown[]) {
    requests.set(this, ask(given[0], given[1]));
    return open.apply(this, given as Parameters<typeof open>);
  } as typeof open;
  XMLHttpRequest.prototype.send = function (this: XMLHttpRequest, body) {
    const asked = requests.get(this);
    if (asked) {
      asked.atMs = performance.now();
      for (const type of ["load", "error", "timeout"]) {
        this.addEventListener(type, () => recordRequest(asked, this.status), { once: true });
      }
    }
    return send.call(this, body);
  };
};
