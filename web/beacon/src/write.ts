/**
 * JSON, written by ourselves: a page may have replaced `JSON.stringify`, or given `Array.prototype` or `Object.prototype`
 * a `toJSON` (Prototype.js does), and would then speak in our name. Knows the wire's shapes and nothing else; what is
 * undefined or not finite is left out.
 */

// Control characters, quotes, and halves of surrogate pairs (which UTF-8 cannot carry).
const UNSAFE =
  /["\\\u0000-\u001f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const escape = (unsafe: string): string => "\\u" + ("000" + unsafe.charCodeAt(0).toString(16)).slice(-4);

export const write = (value: unknown): string => {
  if (typeof value === "string") return '"' + value.replace(UNSAFE, escape) + '"';
  if (typeof value !== "object" || !value) return String(value);
  let text = "";
  const isList = Array.isArray(value);
  for (const name of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[name];
    if (part === undefined || part === null || part !== part || part === 1 / 0 || part === -1 / 0) continue;
    text += (text && ",") + (isList ? "" : write(name) + ":") + write(part);
  }
  return isList ? "[" + text + "]" : "{" + text + "}";
};
