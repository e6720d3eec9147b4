// node build.mjs BUNDLER FOLDER: bundles FOLDER/worker.js with everything that it requires, and prints the name of the bundle.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

/** What BullMQ requires if it is there. */
const optional = ["pg", "redis", "bullmq-otel", "@valkey/valkey-glide"];
/** What CommonJS code in an ES module needs. BullMQ reads `module.filename`. */
const commonJsNames = `import { createRequire as _createRequire } from "node:module";
const require = _createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;
const module = { filename: __filename };`;

const [name, folder] = process.argv.slice(2);
const entry = path.join(folder, "worker.js");

const bundlers = {
  async esbuild() {
    const { build } = await import("esbuild");
    const common = { bundle: true, platform: "node", external: optional, logLevel: "error", minify: true };
    await build({ ...common, entryPoints: [entry], outfile: path.join(folder, "app.cjs"), format: "cjs" });
    return "app.cjs";
  },

  async webpack() {
    const { default: webpack } = await import("webpack");
    const compiler = webpack({
      mode: "production",
      target: "node22",
      context: folder,
      entry,
      output: { path: folder, filename: "app.cjs" },
      externals: Object.fromEntries(optional.map((one) => [one, `commonjs ${one}`])),
      // As the program knows it: the file of the sandboxed processor is next to it.
      node: { __dirname: false, __filename: false },
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
    return "app.cjs";
  },

  async rollup() {
    const { rollup } = await import("rollup");
    const [commonjs, json, resolve] = await Promise.all(
      ["commonjs", "json", "node-resolve"].map(async (plugin) => (await import(`@rollup/plugin-${plugin}`)).default),
    );
    const plugins = [resolve({ preferBuiltins: true, exportConditions: ["node"] }), commonjs(), json()];
    const bundle = await rollup({ input: entry, plugins, external: optional, onwarn: () => undefined });
    await bundle.write({ file: path.join(folder, "app.cjs"), format: "cjs" });
    return "app.cjs";
  },

  async vite() {
    const { build } = await import("vite");
    await build({
      root: folder,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true, external: optional },
      build: {
        ssr: entry,
        outDir: path.join(folder, "built"),
        minify: true,
        rolldownOptions: { output: { banner: commonJsNames, entryFileNames: "app.mjs" } },
      },
    });
    renameSync(path.join(folder, "built/app.mjs"), path.join(folder, "app.mjs"));
    return "app.mjs";
  },

  async ncc() {
    const { default: ncc } = await import("@vercel/ncc");
    const { code, assets } = await ncc(entry, { externals: optional, quiet: true, cache: false, minify: true });
    writeFileSync(path.join(folder, "app.cjs"), code);
    for (const [file, { source }] of Object.entries(assets)) {
      const target = path.join(folder, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, source);
    }
    return "app.cjs";
  },

  async tsup() {
    const { build } = await import("tsup");
    await build({
      entry: { app: entry },
      outDir: path.join(folder, "built"),
      format: ["cjs"],
      platform: "node",
      noExternal: [/.*/],
      external: optional,
      config: false,
      silent: true,
      outExtension: () => ({ js: ".cjs" }),
    });
    renameSync(path.join(folder, "built/app.cjs"), path.join(folder, "app.cjs"));
    return "app.cjs";
  },
};

const file = await bundlers[name]();
console.log(`\n${file}`);
