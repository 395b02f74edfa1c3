/*
 * Make what browsers get (app/static/ui) of the sources (app/face), and write down what each was made of.
 *
 *     node .ci/bundle.mjs            write the bundles and app/face/bundles.json
 *     node .ci/bundle.mjs --check    write nothing, fail where they differ from what the sources make
 *
 * Needs `npm ci` in .ci/ once. Whoever runs the desk needs neither: the bundles are committed. tests/test_bundles.py
 * compares the hashes in app/face/bundles.json with the files, without node.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, version } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MANIFEST = "app/face/bundles.json";
const SCRIPT = ".ci/bundle.mjs";
// bundle -> the source it begins with
const ENTRIES = {
  "app/static/ui/app.css": "app/face/css/app.css",
  "app/static/ui/app.js": "app/face/js/app.js",
  "app/static/ui/face.css": "app/face/css/face.css",
  "app/static/ui/swagger.css": "app/face/css/swagger.css",
  "app/static/ui/swagger.js": "app/face/js/swagger.js",
  "app/static/ui/theme.js": "app/face/js/theme.js",
};

/** Return the SHA-256 of a text. */
function hash(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** Return a file's text, its lines ended as in the repository, or null where there is none. */
async function read(path) {
  try {
    return (await readFile(join(ROOT, path), "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** Return the hashes of some files by their address. */
async function hashFiles(paths) {
  const pairs = await Promise.all([...paths].sort().map(async (path) => [path, hash(await read(path))]));
  return Object.fromEntries(pairs);
}

/** Return one bundle's text and the addresses of all that it is made of. Nothing is rewritten for older browsers. */
async function bundle(entry) {
  const made = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    target: "esnext",
    charset: "utf8",
    banner: { js: '"use strict";' }, // a module is strict by itself, the script made of it is not
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  if (made.warnings.length) throw new Error(`${entry}: see the warnings above`);
  return [made.outputFiles[0].text, Object.keys(made.metafile.inputs)];
}

/** Return every file that this script makes, as address -> text. */
async function makeFiles() {
  const files = {};
  const bundles = {};
  for (const [target, entry] of Object.entries(ENTRIES)) {
    const [text, sources] = await bundle(entry);
    files[target] = text;
    bundles[target] = { hash: hash(text), sources: await hashFiles(sources) };
  }
  const manifest = { esbuild: version, script: hash(await read(SCRIPT)), bundles };
  return { ...files, [MANIFEST]: `${JSON.stringify(manifest, null, 2)}\n` };
}

/** Write the files that differ, or only name them; return the exit status. */
async function main() {
  const check = process.argv.includes("--check");
  let stale = 0;
  for (const [path, text] of Object.entries(await makeFiles())) {
    if ((await read(path)) === text) continue;
    stale += 1;
    console.log(`${check ? "differs" : "written"}: ${path}`);
    if (!check) await writeFile(join(ROOT, path), text);
  }
  if (check && stale) console.log("Run: node .ci/bundle.mjs");
  return check && stale ? 1 : 0;
}

process.exitCode = await main();
