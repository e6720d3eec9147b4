import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";
import { cacheFolder, type Engine } from "./engine.ts";

const dockerfiles = fileURLToPath(new URL("../images", import.meta.url));
const certificates = "/etc/ssl/certs/ca-certificates.crt";
/** The variables of a machine behind a proxy: predefined build arguments, which no Dockerfile names and no image keeps. */
const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/** Images with the official tags, so that the shipped Dockerfile and compose file can be used unchanged. */
export async function makeImages(engine: Engine): Promise<void> {
  await importDebian(engine);
  await makeNode(engine);
  await build(engine, "node:24-bookworm", dockerfiles, "node-build.Dockerfile");
  await build(engine, "redis:7-bookworm", dockerfiles, "redis.Dockerfile");
}

export async function build(engine: Engine, tag: string, context: string, dockerfile: string): Promise<void> {
  const proxies = proxyVariables.filter((name) => process.env[name] !== undefined);
  const args = proxies.flatMap((name) => ["--build-arg", name]);
  await engine.docker(
    // With the host's network, so that the build can reach any package registry that the host can reach.
    ["build", "--network", "host", ...args, "--tag", tag, "--file", path.join(context, dockerfile), context],
    { timeoutMs: 400_000 },
  );
}

/** Removes what old builds left; the newer results are the build cache. */
export async function pruneImages(engine: Engine): Promise<void> {
  await engine.docker(["image", "prune", "--force", "--filter", "until=72h"]);
}

async function has(engine: Engine, tag: string): Promise<boolean> {
  return (await engine.docker(["image", "inspect", tag], { accept: [0, 1] })).code === 0;
}

async function importDebian(engine: Engine): Promise<void> {
  if (await has(engine, "debian:bookworm-slim")) return;
  const archive = path.join(cacheFolder, "debian-bookworm.tar");
  if (!existsSync(archive)) {
    const root = path.join(cacheFolder, "debootstrap");
    rmSync(root, { recursive: true, force: true });
    const mirror = await debianMirror();
    const args = ["--variant=minbase", "--include=ca-certificates", "bookworm", root, ...mirror];
    await run("debootstrap", args, { timeoutMs: 400_000 });
    await run("tar", ["--create", "--file", `${archive}.part`, "--directory", root, "."], { timeoutMs: 60_000 });
    renameSync(`${archive}.part`, archive);
    rmSync(root, { recursive: true, force: true });
  }
  await engine.docker(["import", archive, "debian:bookworm-slim"], { timeoutMs: 120_000 });
}

/** This machine's source of Debian's packages, if it is configured; otherwise debootstrap's default. */
async function debianMirror(): Promise<string[]> {
  const filter = ["--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"];
  const { stdout } = await run("apt-get", ["indextargets", ...filter], { accept: [0, 100] });
  return stdout.split("\n").slice(0, 1).filter(Boolean);
}

async function makeNode(engine: Engine): Promise<void> {
  const npm = path.resolve(realpathSync(await which("npm")), "../..");
  const { stdout: registry } = await run("npm", ["config", "get", "registry"]);
  const npmrc = `registry=${registry.trim()}\ncafile=${certificates}\nfund=false\naudit=false\nupdate-notifier=false\n`;
  const inputs = [process.version, readFileSync(path.join(npm, "package.json")), npmrc, readFileSync(certificates)];
  inputs.push(readFileSync(path.join(dockerfiles, "node.Dockerfile")));
  const key = inputs
    .reduce((hash, input) => hash.update(input), createHash("sha256"))
    .digest("hex")
    .slice(0, 16);
  if (await has(engine, `forker-node-stand-in:${key}`)) {
    await engine.docker(["tag", `forker-node-stand-in:${key}`, "node:24-bookworm-slim"]);
    return;
  }
  const context = path.join(cacheFolder, "node-context");
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context, { recursive: true });
  cpSync(process.execPath, path.join(context, "node"));
  cpSync(npm, path.join(context, "npm"), { recursive: true });
  cpSync(certificates, path.join(context, "ca-certificates.crt"));
  cpSync(path.join(dockerfiles, "node.Dockerfile"), path.join(context, "Dockerfile"));
  writeFileSync(path.join(context, "npmrc"), npmrc);
  await build(engine, "node:24-bookworm-slim", context, "Dockerfile");
  await engine.docker(["tag", "node:24-bookworm-slim", `forker-node-stand-in:${key}`]);
  rmSync(context, { recursive: true, force: true });
}

async function which(command: string): Promise<string> {
  return (await run("sh", ["-c", `command -v ${command}`])).stdout.trim();
}
