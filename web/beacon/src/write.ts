/**
 * JSON, written by ourselves: a page may have replaced `JSON.stringify`, or given `Array.prototype` or `Object.prototype`
 * a `toJSON` (Prototype.js does), and would then speak in our name. Knows the wire's shapes and nothing else; what is
 * undefined, not finite or empty is left out.
 */

const escape = (unsafe: string): string => "\\u" + (0x10000 + unsafe.charCodeAt(0)).toString(16).slice(1);

export const write = (value: unknown): string => {
  if (typeof value === "string") return '"' + value.replace(/["\\\u0000-\u001f]/g, escape) + '"';
  if (typeof value !== "object") return String(value);
  let text = "";
  const isList = Array.isArray(value);
  for (const name of Object.keys(value!)) {
    const part = (value as Record<string, unknown>)[name];
    const said = part != null && (typeof part !== "number" || isFinite(part)) && write(part);
    if (said && said !== "{}") text += (text && ",") + (isList ? "" : write(name) + ":") + said;
  }
  return isList ? "[" + text + "]" : "{" + text + "}";
};
