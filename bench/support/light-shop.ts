// The shop's jobs under benchmarks of one worker's memory: what both of its benches set and feed.
import { once } from "node:events";
import path from "node:path";
import { within } from "./side.ts";
import { spawnTied } from "./spawn-tied.ts";

const processes = path.join(import.meta.dirname, "../processes");
const feedTimeoutMs = 1_200_000;

export interface LightShop {
  readonly prefix: string;
  readonly redisUrl: string;
  /** For the files of the jobs. */
  readonly folder: string;
}

export function shopEnvironment({ prefix, redisUrl, folder }: LightShop): Record<string, string> {
  return {
    BENCH_APP: path.join(processes, "light-app.mjs"),
    REDIS_URL: redisUrl,
    FORKER_PREFIX: prefix,
    SHOP_PREFIX: prefix,
    SHOP_FILES: folder,
    SHOP_MAIL_MS: "1",
    SHOP_REHEARSAL: "off",
    SHOP_WEBHOOK_SECRET: "whsec_bench",
  };
}

/** Resolves when the workers have done so many jobs of these queues. */
export async function feed(
  jobs: number,
  queues: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { NODE_OPTIONS: _, ...own } = process.env;
  const child = spawnTied(process.execPath, [path.join(processes, "feeder.mjs"), String(jobs), queues.join(",")], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...own, ...environment },
  });
  const [code] = (await within(`${jobs} jobs done`, feedTimeoutMs, once(child, "exit"))) as [number | null];
  if (code !== 0) throw new Error(`the feeder ended with ${code}`);
}
