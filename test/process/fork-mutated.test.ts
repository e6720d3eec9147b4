// Nodes that the fork must not trust: their code is a real Node's, and their symbol tables are wrong.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { addonFile } from "../../src/native/binding.ts";
import { MutatedNode } from "../support/mutated-node.ts";
import { testedNodes } from "../support/nodes.ts";

const runner = "N4node23WorkerThreadsTaskRunner";
const platform = "_ZN4node11per_process11v8_platformE";
const platformVtable = "_ZTVN4node12NodePlatformE";
const controlVtables = ["ESaIvELN9__gnu_cxx12_Lock_policyE2EE", "ESaIS1_ELN9__gnu_cxx12_Lock_policyE2EE"].map(
  (end) => `_ZTVSt23_Sp_counted_ptr_inplaceI${runner}${end}`,
);
/** Each symbol under the names that it has in different Nodes. */
const needed = [
  [platform],
  [platformVtable],
  controlVtables,
  [`_Z${runner}13BlockingDrainEv`],
  [`_Z${runner}8ShutdownEv`],
  [`_Z${runner}C1EiNS_21PlatformDebugLogLevelE`],
  ["_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv"],
  ["uv_loop_fork"],
  ["uv_queue_work"],
];

const certificateThread =
  "_ZN4node6crypto33StartLoadingCertificatesOffThreadERKN2v820FunctionCallbackInfoINS1_5ValueEEE";
const addon = fileURLToPath(new URL(`../../dist/${addonFile}`, import.meta.url));
const ask = `console.log(JSON.stringify(require(${JSON.stringify(addon)}).inspectLayout()))`;

type Answer = { readonly supported: true } | { readonly supported: false; readonly reason: string };

for (const { version, path, missing } of testedNodes()) {
  test(`Node ${version}: a binary whose symbols are hidden, moved or stripped is refused, without a guess`, {
    skip: missing ?? false,
  }, () => {
    using node = new MutatedNode(path);
    const answer = () => {
      const { stdout, stderr, signal } = spawnSync(node.path, ["-e", ask], { encoding: "utf8" });
      node.restore();
      assert.equal(signal, null, stderr);
      return JSON.parse(stdout) as Answer;
    };
    const refusal = (what: string) => {
      const said = answer();
      assert.equal(said.supported, false, what);
      return said.reason;
    };
    const exported = (names: readonly string[]) => names.filter((name) => node.exports(name));
    assert.equal(answer().supported, true, "the copy as it was");

    for (const names of needed) {
      const found = exported(names);
      assert.equal(found.length, 1, `${names.join(" or ")}: which of them is to be hidden`);
      node.change(found.map((name) => ({ name, hide: true })));
      assert.match(refusal(`${found.join()} hidden`), /^this Node does not export _?\w+/);
    }
    for (const name of [platformVtable, ...exported(controlVtables)]) {
      for (const moveBy of [-8, 8, 16, 4096]) {
        node.change([{ name, moveBy }]);
        assert.match(refusal(`${name} moved by ${moveBy}`), / was found nowhere$/);
      }
    }
    for (const moveBy of [-4096, 4, 4096]) {
      node.change([{ name: platform, moveBy }]);
      assert.match(refusal(`the platform moved by ${moveBy}`), / was found (nowhere|more than once)$/);
    }
    for (const size of [0, 2 ** 20]) {
      node.change([{ name: platform, size }]);
      assert.equal(refusal(`a platform of ${size} bytes`), "Node's platform has an implausible size");
    }
    node.strip();
    const stripped = answer();
    // An older Node loads its certificates on the main thread, and strip(1) removes nothing that forker needs.
    if (!node.exports(certificateThread)) assert.equal(stripped.supported, true);
    else assert.match(stripped.supported ? "" : stripped.reason, /^this Node loads certificates on a thread/);
  });
}
