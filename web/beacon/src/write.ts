/**
 * JSON, written by ourselves: a page may have replaced `JSON.stringify`, or given `Array.prototype` or `Object.prototype`
 * a `toJSON` (Prototype.js does), and would then speak in our name. Knows the wire's shapes and nothing else; what is
 * undefined, not finite or empty is left out.
 */

const escape = (unsafe: string): string => "\\u" + (0x10000 + unsafe.charCodeAt(0)).toString(16).slice(1);

const quote = (text: string): string => '"' + text.replace(/["\\\u0000-\u001f]/g, escape) + '"';

/** `isLean`: without stacks, and without what an event (which has a name) says beside its figure. */
export const write = (value: unknown, isLean?: boolean): string => {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    // V8 keeps a cache of 47 KB from the first fraction or timestamp that becomes text by itself; toFixed() needs none.
    const short = value.toFixed(value % 1 && (+value.toFixed(1) === value ? 1 : 4));
    return isFinite(value) ? (+short === value ? short : String(value)) : "";
  }
  if (typeof value !== "object") return String(value);
  let text = "";
  const isList = Array.isArray(value);
  // By number, here and in what else a load runs often: `for … of` is four times the work, and what Chromium runs often it keeps in a
  // second, longer form.
  const names = Object.keys(value!);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const part = (value as Record<string, unknown>)[name];
    if (isLean && (name === "stack" || (name === "attributes" && "name" in value!))) continue;
    const said = part != null && write(part, isLean);
    if (said && said !== "{}") text += (text && ",") + (isList ? "" : quote(name) + ":") + said;
  }
  return isList ? "[" + text + "]" : "{" + text + "}";
};
