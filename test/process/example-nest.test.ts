// examples/nest, which knows nothing of forker: the same file does the same under `node` and under `forker`.
import { after, test } from "node:test";
import { assertSameAccounts } from "../support/accounts.ts";
import { assertNestAccount } from "../support/nest-account.ts";
import { buildNestExample } from "../support/nest-example.ts";

const example = buildNestExample();
after(() => example[Symbol.dispose]());

test("examples/nest under node and under forker", async () => {
  assertNestAccount(await assertSameAccounts("nest", example.folder));
});
