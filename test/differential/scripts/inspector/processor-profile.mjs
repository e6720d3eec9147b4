import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.start");
const end = performance.now() + 500;
function busy() {
  let sum = 0;
  while (performance.now() < end) sum++;
  return sum;
}
busy();
const { profile } = await session.post("Profiler.stop");
console.log(
  profile.samples.length > 1,
  profile.nodes.some((node) => node.callFrame.functionName === "busy"),
);
