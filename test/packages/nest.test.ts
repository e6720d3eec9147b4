// examples/nest with older major versions of Nest, as CommonJS. test/process/example-nest.test.ts has the newest, as ES modules.
import path from "node:path";
import { describe, test } from "node:test";
import { assertSameAccounts } from "../support/accounts.ts";
import { assertNestAccount } from "../support/nest-account.ts";
import { buildNestExample } from "../support/nest-example.ts";

describe("examples/nest", { concurrency: 1 }, () => {
  for (const major of ["10", "11"]) {
    test(`with Nest ${major}, under node and under forker`, async () => {
      using example = buildNestExample(path.join(import.meta.dirname, "nest", major));
      assertNestAccount(await assertSameAccounts("nest", example.folder));
    });
  }
});
