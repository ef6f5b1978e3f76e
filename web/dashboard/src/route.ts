// Where we are, kept in the address so that it can be shared: #/now, #/versions?app=…, #/journey?app=…&name=…, #/flags, #/listening?app=…
export interface Place {
  view: "now" | "versions" | "flags" | "journey" | "listening";
  parameters: URLSearchParams;
}

export function readPlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const view = path === "versions" || path === "flags" || path === "journey" || path === "listening" ? path : "now";
  return { view, parameters: new URLSearchParams(query) };
}

export function linkTo(view: Place["view"], parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}
