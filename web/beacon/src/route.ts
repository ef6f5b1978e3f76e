/** A route: the template behind an address, so that `/product/17` and `/product/18` are counted as one. */

import { mask, routeOfFragment } from "./scrub";
import { settings } from "./settings";

// Segments that identify one thing: numbers, UUIDs, and hex or mixed ids of 8 and more characters with a digit in them.
const ID = /\/(?:\d+|(?=[a-z-]*\d)[\da-f-]{8,}|(?=[a-z_-]*\d[a-z_-]*\d)[\w-]{16,})(?=\/|$)/gi;

/** What tells two views apart: the path, and a fragment that is a route. */
export const routeKey = (url: { pathname: string; hash: string }): string => url.pathname + routeOfFragment(url.hash);

/** The path with everything that looks like an id replaced. */
export const templatePath = (path: string): string => mask(path.replace(ID, "/:id"));

export const routeOf = (url: URL): string => {
  let name: string | undefined;
  try {
    name = settings.route?.(url);
  } catch {
    // the page's callback; the patterns decide
  }
  const key = routeKey(url);
  for (const pattern of settings.routes || []) {
    name ||= fits(pattern, key) ? pattern : undefined;
  }
  return name ? mask(name) : templatePath(key);
};

const fits = (pattern: string, path: string): boolean => {
  const wanted = pattern.split("/");
  const found = path.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "*") return true;
    if (wanted[i] !== found[i] && !(wanted[i]!.charAt(0) === ":" && found[i])) return false;
  }
  return wanted.length === found.length;
};
