// Runs all checks with one combination of versions, in a process of its own: node scenario.ts PROJECT NODE [adoption]. Prints one
// line of JSON: what each check shows, or how it failed.
import { adoptionChecks } from "./adoption-checks.ts";
import { type Checks, checks } from "./checks.ts";
import { Scene } from "./scene.ts";

const [project = "", node = process.execPath, only] = process.argv.slice(2);
const shown: Record<string, string> = {};
if (only === undefined) await run("workers.mjs", checks);
await run("adopted.mjs", adoptionChecks);
console.log(JSON.stringify(shown));

async function run(file: string, all: Checks): Promise<void> {
  await using scene = await Scene.open(project, file, node);
  const work = scene.queue("work");
  for (const [name, check] of Object.entries(all)) {
    try {
      shown[name] = await check(scene, work);
    } catch (error) {
      const [line = ""] = (error as Error).message.split("\n", 1);
      shown[name] = `FAILED: ${line}`;
      process.stderr.write(`${name}: ${(error as Error).stack}\n${scene.transcript}\n`);
      return;
    }
  }
}
