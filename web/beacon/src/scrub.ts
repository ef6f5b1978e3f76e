/** What must not leave the page: query strings, fragments, e-mail addresses, tokens and card numbers. */

import { settings, words } from "./settings";
import type { Beacon } from "./wire";

const EMAIL = /[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/g;
// JSON Web Tokens, and runs of 32 or more letters and digits with a digit in them (128 bits in hex are 32).
const TOKEN = /eyJ[\w-]{8,}\.[\w.-]+|\b(?=[a-zA-Z_]*\d)\w{32,}\b/g;
// 13 to 19 digits as ISO/IEC 7812 has them; the check digit (Luhn) tells them from order numbers and timestamps.
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;

// Nothing above fits a text that this one does not. Compiling the three costs 0.4 ms, this one 0.04 (bench/beacon/).
const SUSPECT = /@|%40|eyJ|\d[\d -]{11}|\w{32}/;

const isCard = (text: string): boolean => {
  let sum = 0;
  const digits = text.replace(/\D/g, "");
  for (let i = 0; i < digits.length; i++) {
    const doubled = +digits[digits.length - 1 - i]! * (1 + (i % 2));
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

/** Anything of the page's as text: some things refuse to become one. */
export const say = (thing: unknown): string => {
  try {
    return String(thing);
  } catch {
    return "[unreadable]";
  }
};

/** Any text of the page's, masked and cut. */
export const mask = (text: unknown, longest = 300): string => {
  let said = say(text).slice(0, longest * 2);
  if (SUSPECT.test(said)) {
    said = said
      .replace(EMAIL, "[email]")
      .replace(TOKEN, "[token]")
      .replace(CARD, (digits) => (isCard(digits) ? "[card]" : digits));
  }
  return said.slice(0, longest);
};

// Attributes kept in one place; the collector refuses a beacon with more than 64.
const MOST_ATTRIBUTES = 32;

/** Adds an attribute as the wire takes it: a flag, a number below 10^15, or text, masked. */
export const annotate = (attributes: NonNullable<Beacon["attributes"]>, name: unknown, value: unknown): void => {
  if (value == null || Object.keys(attributes).length === MOST_ATTRIBUTES) return;
  const isPlain = typeof value === "boolean" || (typeof value === "number" && Math.abs(value) < 1e15);
  attributes[mask(name, 100)] = isPlain ? value : mask(value);
};

/** An address, what is before its query, its query and its fragment. All that a `data:` address holds is its fragment. */
export const partsOf = (address: unknown): [string, path: string, query: string | undefined, fragment: string] =>
  /^(data:|[^?#]*)(\?[^#]*)?([^]*)/.exec(String(address)) as never;

/** An address without what may be personal: the query but for what is allowed, and a fragment that is no route. */
export const scrubAddress = (address: unknown): string => {
  const [, path, query, fragment] = partsOf(address);
  let kept = "";
  for (const name of words(settings.allowQuery)) {
    const value = name && new URLSearchParams(query).get(name);
    if (value) kept += (kept ? "&" : "?") + name + "=" + encodeURIComponent(value);
  }
  return mask(path + kept + routeOfFragment(fragment), 500);
};

/** `#/cart` and `#!/cart` are routes; `#section` and `#access_token=…` are not. */
export const routeOfFragment = (fragment: string): string => /^#!?\/[^?]*/.exec(fragment)?.[0] || "";

/** A message or a stack: addresses inside lose what follows `?` or `#`, the rest is masked. */
export const scrubText = (text: unknown, longest: number): string =>
  mask(say(text).slice(0, 9_000).replace(/(:\/\/[^\s?#)]*)[?#][^\s:)]*/g, "$1"), longest);
