// Which colour and line is which version, the same everywhere.
import type { Comparison } from "../model";
import { count, percent } from "../words";

const COLOURS = ["a", "b", "c", "d"];

export const versionsOf = (comparison: Comparison): string[] => [
  ...new Set(comparison.metrics.flatMap((metric) => metric.versions.map((version) => version.service_version))),
];

export const coloursOf = (comparison: Comparison): Record<string, string> =>
  Object.fromEntries(versionsOf(comparison).map((version, index) => [version, COLOURS[index % COLOURS.length] ?? "a"]));

/** `, 12 %`: of the views of all versions. */
function shareOf(comparison: Comparison, version: string): string {
  const all = comparison.available.reduce((sum, one) => sum + one.page_views, 0);
  const mine = comparison.available.find((one) => one.service_version === version)?.page_views;
  return mine === undefined || all === 0 ? "" : `, ${percent(mine / all)}`;
}

export function Legend({ comparison }: { comparison: Comparison }) {
  const colours = coloursOf(comparison);
  return (
    <p class="legend">
      {versionsOf(comparison).map((version) => {
        const known = comparison.available.find((each) => each.service_version === version);
        return (
          <span key={version} class={colours[version] ?? "a"}>
            <svg width="18" height="10" aria-hidden="true">
              <rect x="1" y="2" width="16" height="6" class="range" />
              <path d="M9 0V10" class="mark" />
            </svg>{" "}
            {version} <span class="quiet">
              {count(comparison.page_views[version] ?? 0)} page views{shareOf(comparison, version)}
            </span>
            {known && !known.is_registered ? <span class="quiet"> (not registered)</span> : null}
          </span>
        );
      })}
    </p>
  );
}
