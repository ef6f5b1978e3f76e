// Builds the dashboard into the web service's static folder and fails when the first view outgrows its budget.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "leadline_web", "static", "dashboard");
const BUDGET_GZIP_BYTES = 150_000; // the figure for the first paint

const result = await build({
  entryPoints: [join(here, "src", "main.tsx"), join(here, "src", "style.css")],
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  write: false,
  define: { "process.env.NODE_ENV": '"production"' },
});

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
let page = readFileSync(join(here, "src", "index.html"), "utf8");
let total = gzipSync(page).length;
for (const file of result.outputFiles) {
  const extension = file.path.endsWith(".css") ? "css" : "js";
  const hash = createHash("sha256").update(file.contents).digest("hex").slice(0, 12);
  const name = `dashboard.${hash}.${extension}`;
  writeFileSync(join(target, name), file.contents);
  page = page.replace(`{{${extension}}}`, name);
  const bytes = gzipSync(file.contents, { level: 9 }).length;
  total += bytes;
  console.log(`dashboard: ${extension} ${file.contents.length} bytes, gzip ${bytes}`);
}
writeFileSync(join(target, "icon.svg"), readFileSync(join(here, "src", "icon.svg")));
writeFileSync(join(target, "index.html"), page);
console.log(`dashboard: first view gzip ${total} of ${BUDGET_GZIP_BYTES} bytes`);
if (total > BUDGET_GZIP_BYTES) {
  console.error("dashboard: over its budget");
  process.exit(1);
}
