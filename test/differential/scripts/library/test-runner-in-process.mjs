// stderr: ^$
import { mock } from "node:test";

const original = { add: (a, b) => a + b };
mock.method(original, "add", () => 42);
console.log(original.add(1, 2), original.add.mock.callCount());
mock.timers.enable({ apis: ["setTimeout"] });
setTimeout(() => console.log("mocked"), 1e9);
mock.timers.tick(1e9);
mock.reset();
