// examples/nest, which knows nothing of forker.
import { after, test } from "node:test";
import { runScenario } from "../../examples/compare/run.mjs";
import { assertNestAccount } from "../support/nest-account.ts";
import { buildNestExample } from "../support/nest-example.ts";

const example = buildNestExample();
after(() => example[Symbol.dispose]());

test("examples/nest under node", async () => {
  assertNestAccount(await runScenario("nest", "node", { folder: example.folder }));
});
