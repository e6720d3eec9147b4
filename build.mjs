// Builds dist/: the entrypoint as one JavaScript file, the public API, and the addon beside them.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(root, "dist");
mkdirSync(out, { recursive: true });

/** Node's own headers, as the registry ships them with the binary that the scripts run on. */
function nodeHeaders() {
  const folder = path.join(root, `node_modules/node-linux-${process.arch}/include/node`);
  if (!existsSync(path.join(folder, "uv.h"))) throw new Error(`no Node headers at ${folder}: run npm ci`);
  return folder;
}

function buildAddon() {
  const file = path.join(out, `forker-${process.platform}-${process.arch}.node`);
  const folder = path.join(root, "src/native");
  const sources = readdirSync(folder).filter((name) => name.endsWith(".cc"));
  // Put in place at once: a process may be loading the one that is there.
  const made = `${file}.${process.pid}`;
  execFileSync(
    process.env.CXX ?? "g++",
    [
      "-std=c++17",
      "-O2",
      "-fPIC",
      "-shared",
      "-fvisibility=hidden",
      "-fno-exceptions",
      "-fno-rtti",
      "-Wall",
      "-Wextra",
    ].concat(["-Werror", "-static-libstdc++", "-static-libgcc", `-I${nodeHeaders()}`, ...sources, "-o", made]),
    { stdio: "inherit", cwd: folder },
  );
  renameSync(made, file);
}

// Bundled CommonJS packages call require(); an ES module has none. The names are ours alone, so that no package collides.
const requireForCommonJs =
  'import { createRequire as __forkerCreateRequire } from "node:module";' +
  "const require = __forkerCreateRequire(import.meta.url);";

async function bundle(entry, file, options = {}) {
  await build({
    entryPoints: [path.join(root, entry)],
    outfile: path.join(out, file),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.18",
    logLevel: "warning",
    legalComments: "none",
    ...options,
  });
}

/** The public API's declarations. Their imports name sources, and an installed package has none. */
function buildTypes() {
  const folder = path.join(out, "types");
  execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.types.json"], {
    stdio: "inherit",
    cwd: root,
  });
  for (const name of readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".d.ts"))) {
    const file = path.join(folder, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

if (process.platform === "linux") buildAddon();
await bundle("src/entrypoint.ts", "entrypoint.mjs", {
  // Node compiles all of this before our first line runs, and until then no listener is in: fewer characters are fewer
  // milliseconds without.
  banner: { js: `#!/usr/bin/env node\n${requireForCommonJs}` },
  minifyWhitespace: true,
  minifySyntax: true,
  external: ["pg", "redis", "bullmq-otel"],
});
chmodSync(path.join(out, "entrypoint.mjs"), 0o755);
await bundle("src/index.ts", "index.mjs");
buildTypes();
