// Builds what the collector serves and the ES module, and fails when a byte budget is exceeded.
// Beside the scripts: manifest.json (long-lived names and SRI hashes) and sizes.json (what each script weighs). The sizes.json in
// this folder is the ledger: kept in git, so that a commit's diff shows what it added. `make beacon` (--ledger) rewrites it,
// and a test holds it to what was built. Brotli 1.1 (Node 20) and 1.2 (the locked Node 24) pack our scripts to the same bytes.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { minify } from "terser";
import { hint } from "./eager.mjs";
import { writeModule } from "./module.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.env.LEADLINE_STATIC || join(here, "../../collector/leadline_collector/static");
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

// Budgets in bytes: what a page pays for us. Core and rest together stay within 12,000.
const scripts = [
  { file: "b.js", entry: "script.ts", encoding: "brotli", budget: 8000, isHinted: true },
  { file: "b-more.js", entry: "more/script.ts", encoding: "brotli", budget: 4000 },
  { file: "b-vitals.js", entry: "vitals-only.ts", encoding: "brotli", budget: 3200, isHinted: true },
  { file: "early.js", entry: "early.ts", encoding: "gzip", budget: 600 },
];

// Names of our own objects that no page and no wire knows: shortened, in all scripts alike. A name that is missing here costs
// bytes; one that we also read from what is a browser's must never be here. The second line is our vitals' own.
const INNER_NAMES = new RegExp(
  "^(_\\w+|mask|startMs|apartMs|stated|softId|unsent|sending|session|told|lowestStatus|look|most|inside|askers|known|observer|deliver|wanted|take" +
    "|navigationType|navigationInteractionId|navigationStartTime|navigationURL|reportAllChanges|reportSoftNavs|longestMs|first|begin|settle|when)$",
);

// Where the module has web-vitals, the scripts have src/lean/.
const leanVitals = {
  name: "lean web-vitals",
  setup(bundler) {
    bundler.onResolve({ filter: /^web-vitals$/ }, () => ({ path: join(here, "src/lean/index.ts") }));
  },
};

const bundle = async (entry, options = {}) => {
  const { outputFiles } = await build({
    entryPoints: [join(here, "src", entry)],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    define: { SDK_VERSION: JSON.stringify(version) },
    ...options,
  });
  return outputFiles[0].text;
};

const FORMAT = { quote_style: 0 };
// One cache for all scripts: what b.js calls a name, b-more.js calls it too.
const names = { props: {} };

// terser and not esbuild's own minifier: 4 % less after brotli. First what is said, then the names: in between, `hint` reads them.
const shrink = async (text, isHinted) => {
  const { code: named } = await minify(text, {
    ecma: 2022,
    module: true,
    compress: { passes: 4, pure_getters: true, unsafe_arrows: true, keep_fargs: false, lhs_constants: false, builtins_pure: true, inline: 1 },
    format: FORMAT,
    mangle: false,
  });
  const { code } = await minify(named, {
    ecma: 2022,
    module: true,
    compress: false,
    format: FORMAT,
    // `builtins`: some are names that a browser knows elsewhere, on nothing that we read them from.
    mangle: { properties: { regex: INNER_NAMES, builtins: true } },
    nameCache: names,
  });
  names.vars = {};
  return Buffer.from(isHinted ? hint(code, named) : code);
};

const pack = (text) => ({
  gz: gzipSync(text, { level: 9 }),
  br: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
});

mkdirSync(out, { recursive: true });
const sizes = {};
const manifest = {};
const written = new Set(["sizes.json", "manifest.json"]);
const write = (name, bytes) => {
  writeFileSync(join(out, name), bytes);
  written.add(name);
};
let isOver = false;
const ledger = join(here, "sizes.json");
const before = existsSync(ledger) ? JSON.parse(readFileSync(ledger, "utf8")) : {};
for (const { file, entry, encoding, budget, isHinted } of scripts) {
  const options = { plugins: [leanVitals], define: { SDK_VERSION: JSON.stringify(version), IS_LEAN: "true", globalThis: "window" } };
  const text = await shrink(await bundle(entry, options), isHinted);
  const { gz, br } = pack(text);
  const hashed = file.replace(".js", `.${createHash("sha256").update(text).digest("hex").slice(0, 12)}.js`);
  for (const name of [file, hashed]) {
    write(name, text);
    write(name + ".gz", gz);
    write(name + ".br", br);
  }
  sizes[file] = { raw: text.length, gzip: gz.length, brotli: br.length, encoding, budget };
  manifest[file] = { file: hashed, integrity: "sha384-" + createHash("sha384").update(text).digest("base64") };
  const size = sizes[file][encoding];
  const added = size - (before[file]?.[encoding] ?? size);
  isOver ||= size > budget;
  const change = added ? ` (${added > 0 ? "+" : ""}${added})` : "";
  console.log(`${file.padEnd(11)} ${size} B ${encoding}${change} of ${budget}${size > budget ? ": OVER BUDGET" : ""}`);
}
const lines = Object.entries(sizes).map(([name, size]) => `  ${JSON.stringify(name)}: ${JSON.stringify(size)}`);
const told = `{\n${lines.join(",\n")}\n}\n`;
write("sizes.json", told);
if (process.argv.includes("--ledger")) writeFileSync(ledger, told);
write("manifest.json", JSON.stringify(manifest, null, 2) + "\n");
for (const name of readdirSync(out)) if (!written.has(name)) rmSync(join(out, name));

await writeModule(here, (options) => bundle("index.ts", options));

if (isOver) process.exit(1);
