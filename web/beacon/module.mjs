// Writes dist/, the ES module @leadline/beacon: one file of code that keeps web-vitals as its dependency and its names readable,
// because the page's own bundler shrinks it, and the types that its index leads to.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const writeModule = async (here, bundle) => {
  const dist = join(here, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  // Server-side rendering loads the module where there is no `window`.
  const options = { format: "esm", external: ["web-vitals"], define: { IS_LEAN: "false", SDK_VERSION: version(here), window: "globalThis" } };
  writeFileSync(join(dist, "index.js"), await bundle(options));
  const tsc = join(here, "node_modules/typescript/bin/tsc");
  const verbs = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", join(here, "src"), "--outDir", dist];
  execFileSync(process.execPath, [tsc, ...verbs], { cwd: here });
  const kept = new Set(["index.js"]);
  keepTypes(dist, "index.d.ts", kept);
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !kept.has(path.slice(dist.length + 1))) rmSync(path);
  }
};

const version = (here) => JSON.stringify(JSON.parse(readFileSync(join(here, "package.json"), "utf8")).version);

/** Types are found by their full names: moduleResolution `node16` finds no others. */
const keepTypes = (dist, file, kept) => {
  if (kept.has(file)) return;
  kept.add(file);
  const path = join(dist, file);
  const text = readFileSync(path, "utf8").replace(/((?:from |import\()")(\.[^"]+)(?=")/g, (_, before, name) => {
    keepTypes(dist, join(dirname(file), `${name}.d.ts`), kept);
    return `${before}${name}.js`;
  });
  writeFileSync(path, text);
};
