import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { requirePermissions, requireProc, requireSupportedNode } from "../../../src/entry/supported-node.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { assertHolds } from "../../support/properties.ts";

function refusal(require: () => void): ForkerError | undefined {
  try {
    require();
    return undefined;
  } catch (cause) {
    if (!(cause instanceof ForkerError)) throw cause;
    assert.equal(cause.exit, "system");
    return cause;
  }
}

describe("a version of Node", () => {
  for (const version of ["22.18.0", "22.19.1", "23.0.0", "24.4.1", "100.0.0"])
    test(`is accepted: ${version}`, () =>
      assert.equal(
        refusal(() => requireSupportedNode(version)),
        undefined,
      ));

  for (const version of ["22.17.9", "22.2.0", "20.99.0", "9.30.0", "v24.0.0", ""])
    test(`is refused: ${version || "none"}`, () => {
      const { code, message } = refusal(() => requireSupportedNode(version)) ?? assert.fail();
      assert.equal(code, "ERR_FORKER_NODE_VERSION");
      assert.ok(message.startsWith(`Node: expected 22.18 or newer, got ${version} (${process.execPath})`), message);
    });

  test("is accepted if an older one is", () => {
    const part = fc.oneof(fc.nat({ max: 40 }), fc.nat());
    const isAccepted = (version: readonly number[]) =>
      refusal(() => requireSupportedNode(version.join("."))) === undefined;
    assertHolds(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (one, other) => {
        const [older, newer] = [one, other].toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
        return !isAccepted(older ?? one) || isAccepted(newer ?? other);
      }),
    );
  });
});

test("the process file system is required, where it should be mounted", (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-proc-"));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.equal(refusal(requireProc), undefined);
  const { code, message } = refusal(() => requireProc(folder)) ?? assert.fail();
  assert.equal(code, "ERR_FORKER_PROC");
  assert.equal(
    message,
    `${folder}: expected the process file system, got none; mount it: mount -t proc proc ${folder}`,
  );
  mkdirSync(path.join(folder, "self"));
  writeFileSync(path.join(folder, "self/stat"), "");
  assert.equal(
    refusal(() => requireProc(folder)),
    undefined,
  );
});

describe("Node's permission model", () => {
  const known = new Set(["--allow-fs-read", "--allow-child-process", "--allow-net"]);

  /** The refusal of a Node that has these flags, under --permission with these scopes granted. */
  function said(granted: readonly string[] | undefined, flags: ReadonlySet<string> = known): string | undefined {
    const permission = granted && { has: (scope: string) => granted.includes(scope) };
    const given = { permission, allowedNodeEnvironmentFlags: flags } as Parameters<typeof requirePermissions>[0];
    const found = refusal(() => requirePermissions(given));
    if (found !== undefined) assert.equal(found.code, "ERR_FORKER_PERMISSION");
    return found && /--permission without (.*?);/.exec(found.message)?.[1];
  }

  test("does not matter without --permission", () => assert.equal(said(undefined), undefined));

  test("is enough if all that forker needs is granted", () =>
    assert.equal(said(["fs.read", "child", "net", "worker"]), undefined));

  test("is refused with the options that are missing", () => {
    assert.equal(said([]), "--allow-fs-read=* --allow-child-process --allow-net");
    assert.equal(said(["fs.read", "net"]), "--allow-child-process");
  });

  test("needs no option that this Node does not know", () =>
    assert.equal(said(["fs.read"], new Set(["--allow-fs-read", "--allow-child-process"])), "--allow-child-process"));
});
