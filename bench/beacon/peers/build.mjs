// Bundles each peer in the same way and prints {name: {raw, gzip, brotli}}.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { assemble, readSnippet } from "./boomerang.mjs";

const [esbuild, out, ...names] = process.argv.slice(2);
const { build, transform } = createRequire(import.meta.url)(esbuild);
const boomerang = join(out, "node_modules/boomerangjs");
const options = { minify: true, target: "es2022", legalComments: "none" };

const boomerangFlavours = {
  name: "boomerang",
  setup(bundler) {
    bundler.onResolve({ filter: /^boomerang:/ }, ({ path }) => ({ path: path.slice(10), namespace: "boomerang" }));
    bundler.onLoad({ filter: /./, namespace: "boomerang" }, ({ path }) => ({ contents: assemble(boomerang, path) }));
  },
};

const weigh = (text) => {
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: text.length, gzip: gzipSync(text, { level: 9 }).length, brotli: brotli.length };
};

const sizes = {};
for (const name of names) {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [`${out}/${name}.js`],
    bundle: true,
    write: false,
    format: "iife",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [boomerangFlavours],
  });
  const text = Buffer.from(outputFiles[0].contents);
  writeFileSync(`${out}/${name}.min.js`, text);
  sizes[name] = weigh(text);
}
for (const name of ["loader-snippet", "errors-snippet"]) {
  const { code } = await transform(readSnippet(boomerang, `${name}.js`), options);
  sizes[`boomerang ${name}`] = weigh(Buffer.from(code));
}
console.log(JSON.stringify(sizes));
