// boomerang has no built file on npm. This puts one together as its own Gruntfile.js does for a release (concat, strip_code,
// string-replace); it also mangles some properties afterwards, which takes off a few per cent more.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const DEBUG_BLOCK = /\/\*\s*BEGIN_DEBUG\s*\*\/[\s\S]*?\/\*\s*END_DEBUG\s*\*\//g;
const TEST_BLOCK = /\/\*\s*BEGIN_TEST_CODE\s*\*\/[\s\S]*?\/\*\s*END_TEST_CODE\s*\*\//g;
const LOGGING = /(?:BOOMR\.(?:debug|info|warn|error)|debugLog)\(.*\);/g;
const REPEATED = /BOOMR(?:\.plugins)?\s*=\s*(?:window\.BOOMR|BOOMR\.plugins)\s*\|\|\s*{};/g;

/** The script with the plugins of one flavour in its `plugins.json`. */
export const assemble = (folder, flavour) => {
  const { flavors } = JSON.parse(readFileSync(join(folder, "plugins.json"), "utf8"));
  const parts = ["boomerang.js", ...flavors[flavour].plugins, "plugins/zzz-last-plugin.js"];
  const [core, ...plugins] = parts.map((name) => readFileSync(join(folder, name), "utf8").replace(DEBUG_BLOCK, "").replace(LOGGING, ""));
  return [core, ...plugins.map((text) => text.replace(REPEATED, ""))].join("\n").replace("%boomerang_version%", "1.815.1");
};

/** A snippet for the page's head, as it would be minified. */
export const readSnippet = (folder, name) => readFileSync(join(folder, "snippets", name), "utf8").replace(TEST_BLOCK, "");
