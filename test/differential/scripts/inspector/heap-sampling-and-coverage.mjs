import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("HeapProfiler.startSampling");
globalThis.kept = Array.from({ length: 200_000 }, (_, i) => ({ i }));
console.log((await session.post("HeapProfiler.stopSampling")).profile.samples.length > 0);
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
(() => 1)();
console.log((await session.post("Profiler.takePreciseCoverage")).result.length > 0);
