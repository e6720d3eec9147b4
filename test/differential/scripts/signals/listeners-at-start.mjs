import { constants } from "node:os";

console.log(process.eventNames().filter((name) => name in constants.signals));
console.log(
  ["exit", "beforeExit", "uncaughtException", "unhandledRejection", "warning"].map((name) =>
    process.listenerCount(name),
  ),
);
