/**
 * The page's own requests that failed: status 500 and above, or no answer at all. `fetch` and XMLHttpRequest are wrapped,
 * because resource timing knows neither the method nor why there was no answer. An aborted request did not fail, nor did one that
 * the page left behind.
 */

import { isLeft, isOwn } from "./delivery";
import { safely } from "./guard";
import { templatePath } from "./route";
import { mask } from "./scrub";
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

/** Ends a request: its status, 0 where there was no answer. */
type End = (status: number, answer?: Response | XMLHttpRequest) => void;

const beginRequest = (asked: unknown, address: unknown): End => {
  const startMs = performance.now();
  return safely((status_code, answer) => {
    if (status_code ? status_code < kept.lowestStatus : isLeft) return;
    const { origin, pathname, href } = new URL(String(address), document.baseURI);
    // `data:` and `blob:` are no requests, and what stands in them is the page's own.
    const view = /^http/.test(href) && !isOwn(href) && currentView();
    if (!view) return;
    const method = mask(asked || "GET", 100).toUpperCase();
    const route = (origin === location.origin ? "" : origin) + templatePath(pathname);
    for (const past of view.requests) {
      if (past.route === route && past.method === method && past.status_code === status_code) {
        past.count = (past.count || 1) + 1;
        return touch(view, REQUESTS);
      }
    }
    // Where a poll hangs longer than the wire's hour, the collector keeps the request without the figure, and says so.
    const duration_ms = Math.round(performance.now() - startMs);
    const record: BeaconRequest = { at_ms: since(view, startMs), method, route, status_code, duration_ms };
    kept.look?.(record, answer);
    append(view, "requests", REQUESTS, record, kept.most);
  });
};

export const watchFetch = (): void => {
  const original = window.fetch;
  if (!original) return;
  const followAnswer = safely((answer: Promise<Response>, input?: Partial<Request>, init?: RequestInit) => {
    // A page's stand-in may return whatever it likes.
    if (!(answer instanceof Promise)) return undefined;
    const end = beginRequest(init?.method || input?.method, input?.url || input);
    const signal = init?.signal || input?.signal;
    const fail = safely((problem?: Error) => {
      if (!signal?.aborted || problem?.name === "TimeoutError") end(0);
    });
    // The derived promise is what the page gets: a rejection that nobody handles is still reported as such.
    return answer.then(
      (response) => {
        end(response.status || 200, response);
        return response;
      },
      (problem) => {
        fail(problem);
        throw problem;
      },
    );
  });
  window.fetch = function (this: unknown, ...given: Parameters<typeof fetch>) {
    const answer = original.apply(this as Window, given);
    return followAnswer(answer, ...(given as [Partial<Request>?, RequestInit?])) || answer;
  };
};

export const watchXhr = (): void => {
  const { open } = XMLHttpRequest.prototype;
  // One object may be opened many times.
  const ends = new WeakMap<XMLHttpRequest, End>();
  const followRequest = safely((request: XMLHttpRequest, method: unknown, address: unknown) => {
    if (!ends.get(request)) {
      for (const type of ["load", "error", "timeout"]) {
        request.addEventListener(type, () => ends.get(request)!(request.status, request));
      }
    }
    ends.set(request, beginRequest(method, address));
  });
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...given: unknown[]) {
    followRequest(this, given[0], given[1]);
    return open.apply(this, given as Parameters<typeof open>);
  } as typeof open;
};
