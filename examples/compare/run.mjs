// Runs one example under `node` or under `forker`, with servers of its own, so that neither side sees what the other has left.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { startPostgres } from "../../scripts/postgres.mjs";
import { startRedis } from "../../scripts/redis.mjs";
import { accountOf } from "./account.mjs";
import { classic } from "./classic.mjs";
import { nest } from "./nest.mjs";
import { Side } from "./sides.mjs";

export const scenarios = { classic, nest };

/** `folder`: a copy of the example, for instance with other versions of its packages. `file`: its main file, if it has another name. */
export async function runScenario(name, sideName, { folder, file, node, env: more = {} } = {}) {
  const scenario = {
    ...scenarios[name],
    ...(folder !== undefined && { cwd: folder }),
    ...(file !== undefined && { file }),
  };
  const redis = await startRedis();
  const postgres = name === "nest" ? await startPostgres() : undefined;
  const env = { ...scenario.env, REDIS_URL: redis.url, DATABASE_URL: postgres?.url, ...more };
  let side;
  try {
    if (postgres !== undefined) migrate(scenario.cwd, env);
    side = new Side(sideName, { ...scenario, node, env });
    return await accountOf(side, scenario, redis.url);
  } finally {
    await side?.stop();
    await postgres?.stop();
    await redis.stop();
  }
}

function migrate(cwd, env) {
  const options = { cwd, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: undefined, ...env } };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/migrate.js"], options);
  if (status !== 0) throw new Error(`dist/migrate.js ended with ${status}: ${stdout}${stderr}`);
}
