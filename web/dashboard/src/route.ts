// Where we are, kept in the address so that it can be shared: #/now, #/versions?app=…, #/journey?app=…&name=…, #/releases, #/flags, #/budgets, #/incidents, #/incident?id=…, #/listening?app=…
const VIEWS = ["now", "versions", "incidents", "incident", "budgets", "releases", "flags", "journey", "listening"] as const;

export interface Place {
  view: (typeof VIEWS)[number];
  parameters: URLSearchParams;
}

export function readPlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { view: VIEWS.find((view) => view === path) ?? "now", parameters: new URLSearchParams(query) };
}

export function linkTo(view: Place["view"], parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}
