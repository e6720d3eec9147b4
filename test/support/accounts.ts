import assert from "node:assert/strict";
import { differencesOf, reportOf } from "../../examples/compare/report.mjs";
import { type Account, runScenario, type SideName } from "../../examples/compare/run.mjs";

const sides = ["node", "forker"] as const satisfies SideName[];

/** Runs an example on both sides. Returns the account of `node`, which is forker's as well. */
export async function assertSameAccounts(name: "classic" | "nest", folder: string, file?: string): Promise<Account> {
  const options = { folder, ...(file !== undefined && { file }) };
  const [plain, ours] = [await runScenario(name, "node", options), await runScenario(name, "forker", options)];
  assert.deepEqual(differencesOf(plain, ours), [], reportOf(sides, [plain, ours]));
  assert.equal(ours.exit, 0);
  return plain;
}
