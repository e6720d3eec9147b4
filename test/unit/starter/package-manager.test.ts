import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { packageManagerOf } from "../../../src/starter/package-manager.ts";

type Files = Readonly<Record<string, string>>;

const managerOf = (files: Files, declared?: string) => packageManagerOf((file) => files[file], declared);

describe("the package manager of a project", () => {
  const rows: [what: string, files: Files, declared: string | undefined, files: string, install: string][] = [
    ["npm without a lock file", {}, undefined, "package.json", "npm install --omit=dev"],
    ["npm", { "package-lock.json": "{}" }, undefined, "package.json package-lock.json", "npm ci --omit=dev"],
    [
      "a shrinkwrap",
      { "npm-shrinkwrap.json": "{}" },
      undefined,
      "package.json npm-shrinkwrap.json",
      "npm ci --omit=dev",
    ],
    [
      "pnpm",
      { "pnpm-lock.yaml": "" },
      undefined,
      "package.json pnpm-lock.yaml",
      "pnpm install --frozen-lockfile --prod",
    ],
    [
      "pnpm with settings",
      { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "" },
      undefined,
      "package.json pnpm-lock.yaml pnpm-workspace.yaml",
      "pnpm install --frozen-lockfile --prod",
    ],
    [
      "yarn 1",
      { "yarn.lock": "# yarn lockfile v1" },
      undefined,
      "package.json yarn.lock",
      "yarn install --frozen-lockfile --production",
    ],
    [
      "yarn 4",
      { "yarn.lock": "__metadata:\n  version: 8\n", ".yarnrc.yml": "nodeLinker: node-modules\n" },
      undefined,
      "package.json yarn.lock .yarnrc.yml",
      "yarn workspaces focus --all --production",
    ],
    [
      "two lock files, and the one that is declared",
      { "package-lock.json": "{}", "pnpm-lock.yaml": "" },
      "pnpm@10.4.1+sha512.abc",
      "package.json pnpm-lock.yaml",
      "pnpm install --frozen-lockfile --prod",
    ],
    ["a declaration without a lock file", {}, "pnpm@9.0.0", "package.json", "pnpm install --prod"],
    [
      "a lock file against the declaration",
      { "package-lock.json": "{}" },
      "yarn@1.22.22",
      "package.json package-lock.json",
      "npm ci --omit=dev",
    ],
  ];
  for (const [what, files, declared, copied, install] of rows) {
    test(`is known: ${what}`, () => {
      const found = managerOf(files, declared);
      assert.deepEqual([found.files.join(" "), found.installProduction], [copied, install]);
    });
  }

  test("has the version that the project declares, or that wrote the lock file", () => {
    assert.equal(
      managerOf({ "pnpm-lock.yaml": "" }, "pnpm@10.4.1+sha512.abc").prepare,
      "npm install --global pnpm@10.4.1",
    );
    assert.equal(managerOf({ "pnpm-lock.yaml": "lockfileVersion: '6.0'\n" }).prepare, "npm install --global pnpm@8");
    assert.equal(managerOf({ "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" }).prepare, "npm install --global pnpm@10");
    assert.equal(managerOf({ "package-lock.json": "{}" }).prepare, undefined);
  });

  test("must be one, and must install into node_modules", () => {
    assert.throws(() => managerOf({ "package-lock.json": "{}", "yarn.lock": "" }), {
      code: "ERR_FORKER_INIT",
      exitCode: 65,
      message:
        "init: expected the lock file of one package manager, got package-lock.json and yarn.lock; remove what is not used",
    });
    assert.throws(() => managerOf({ "yarn.lock": "__metadata:\n" }), {
      message: /^init: \.yarnrc\.yml: expected nodeLinker: node-modules, got none, which means pnp; /,
    });
  });
});
