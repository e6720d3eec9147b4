import { cachedDataVersionTag, deserialize, serialize, startupSnapshot } from "node:v8";

console.log(
  deserialize(serialize({ a: new Map([[1, [2n]]]), b: /x/g })),
  typeof cachedDataVersionTag(),
  startupSnapshot.isBuildingSnapshot(),
);
