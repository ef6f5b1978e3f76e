// Builds what the collector serves, and fails when a byte budget is exceeded. Writes sizes.json and manifest.json.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../collector/leadline_collector/static");
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

// Budgets in bytes (issue "The beacon"): what a page pays for us.
const scripts = [{ name: "b", entry: "script.ts", encoding: "brotli", budget: 9000 }];

const bundle = (entry, options = {}) =>
  build({
    entryPoints: [join(here, "src", entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    define: { SDK_VERSION: JSON.stringify(version) },
    ...options,
  }).then(({ outputFiles }) => Buffer.from(outputFiles[0].contents));

const sizeOf = (text) => ({
  raw: text.length,
  gzip: gzipSync(text, { level: 9 }).length,
  brotli: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const sizes = {};
const manifest = {};
let isOver = false;
for (const { name, entry, encoding, budget } of scripts) {
  const text = await bundle(entry);
  const digest = createHash("sha384").update(text);
  const integrity = "sha384-" + digest.digest("base64");
  const hashed = `${name}.${createHash("sha256").update(text).digest("hex").slice(0, 12)}.js`;
  for (const file of [`${name}.js`, hashed]) writeFileSync(join(out, file), text);
  sizes[name] = { ...sizeOf(text), encoding, budget };
  manifest[`${name}.js`] = { file: hashed, integrity };
  const size = sizes[name][encoding];
  isOver ||= size > budget;
  console.log(`${name}.js`.padEnd(12), `${size} B ${encoding}, budget ${budget} B${size > budget ? ": EXCEEDED" : ""}`);
}
writeFileSync(join(out, "sizes.json"), JSON.stringify(sizes, null, 2) + "\n");
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
if (isOver) process.exit(1);
