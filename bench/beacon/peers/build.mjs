// Bundles each peer in the same way and prints {name: {raw, gzip, brotli}}.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [esbuild, out, ...names] = process.argv.slice(2);
const { build } = createRequire(import.meta.url)(esbuild);
const sizes = {};
for (const name of names) {
  const { outputFiles } = await build({
    entryPoints: [`${out}/${name}.js`],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const text = Buffer.from(outputFiles[0].contents);
  writeFileSync(`${out}/${name}.min.js`, text);
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  sizes[name] = { raw: text.length, gzip: gzipSync(text, { level: 9 }).length, brotli: brotli.length };
}
console.log(JSON.stringify(sizes));
