/**
 * The early snippet: a few lines inside the page's head that keep errors, policy violations and calls from before `b.js` has loaded.
 * It sends nothing and holds 50 things at most; b.js takes them over and switches it off.
 */

// A page that is broken from its first line repeats itself; the first 50 tell.
const MOST = 50;

((page: { leadline?: unknown }) => {
  if (page.leadline) return;
  const q: unknown[] = [];
  const keep = (what: unknown, given?: unknown): unknown => q.length < MOST && q.push([what, given, performance.now()]);
  const toggle = (verb: "addEventListener" | "removeEventListener"): void => {
    for (const type of ["error", "unhandledrejection", "securitypolicyviolation"]) window[verb](type, keep, true);
  };
  const call = (name: string) => (first: unknown, second: unknown) => keep(name, [first, second]);
  page.leadline = {
    q,
    off: () => toggle("removeEventListener"),
    event: call("event"),
    error: call("error"),
    tag: call("tag"),
    consent: call("consent"),
  };
  toggle("addEventListener");
})(window as unknown as { leadline?: unknown });

export {};
