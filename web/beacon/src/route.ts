/** A route: the template behind an address, so that `/product/17` and `/product/18` are counted as one. */

import { mask, partsOf, routeOfFragment } from "./scrub";
import { ask, settings, words } from "./settings";

// Segments that identify one thing: numbers, and names of 12 or more characters with two digits in them (UUIDs, ULIDs).
// Asked only of paths with a digit in them, and without the flag `i`: compiling it costs a page 0.5 ms with it (bench/beacon/).
const ID = /\/(?:\d+|(?=(?:[a-zA-Z_-]*\d){2})[\w-]{12,})(?=\/|$)/g;

/**
 * What tells two views apart: the path, and a fragment that is a route. Read with our own patterns, because the first `Location` and the
 * first `URL` of a page cost it 11 kB (bench/beacon/).
 */
export const routeKey = (address: string): string => {
  const [, path, , fragment] = partsOf(address);
  return path.replace(/^[^:]+:(\/\/[^/]*)?/, "") + routeOfFragment(fragment);
};

/** The path with everything that looks like an id replaced. */
export const templatePath = (path: string): string => mask(/\d/.test(path) ? path.replace(ID, "/:id") : path);

export const routeOf = (address: string, key: string): string => {
  let name = ask("route", address);
  for (const pattern of words(settings.routes)) if (!name && fits(pattern, key)) name = pattern;
  return name ? mask(name) : templatePath(key);
};

const fits = (pattern: string, path: string): boolean => {
  const wanted = pattern.split("/");
  const found = path.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "*") return true;
    if (wanted[i] !== found[i] && !(wanted[i]![0] === ":" && found[i])) return false;
  }
  return wanted.length === found.length;
};
