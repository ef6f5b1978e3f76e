/**
 * JSON, written by ourselves: a page may have replaced `JSON.stringify`, or given `Array.prototype` or `Object.prototype`
 * a `toJSON` (Prototype.js does), and would then speak in our name. Knows the wire's shapes and nothing else; what is
 * undefined, not finite or empty is left out.
 */

const escape = (unsafe: string): string => "\\u" + (0x10000 + unsafe.charCodeAt(0)).toString(16).slice(1);

// V8 keeps a cache of 47 KB from the first fraction or timestamp that becomes text by itself; toFixed() needs none.
const writeNumber = (value: number): string => {
  for (const digits of [0, 1, 4]) {
    const short = value.toFixed(digits);
    if (+short === value) return short;
  }
  return String(value);
};

/** `isLean`: without stacks, and without what an event (which has a name) says beside its figure. */
export const write = (value: unknown, isLean?: boolean): string => {
  if (typeof value === "string") return '"' + value.replace(/["\\\u0000-\u001f]/g, escape) + '"';
  if (typeof value === "number") return isFinite(value) ? writeNumber(value) : "";
  if (typeof value !== "object") return String(value);
  let text = "";
  const isList = Array.isArray(value);
  for (const name of Object.keys(value!)) {
    const part = (value as Record<string, unknown>)[name];
    if (isLean && (name === "stack" || (name === "attributes" && "name" in value!))) continue;
    const said = part != null && write(part, isLean);
    if (said && said !== "{}") text += (text && ",") + (isList ? "" : write(name) + ":") + said;
  }
  return isList ? "[" + text + "]" : "{" + text + "}";
};
