import { constants } from "node:os";

const left = Object.keys(constants.signals).filter(
  (name) => !/KILL|STOP|SEGV|BUS|FPE|ILL|TRAP|ABRT|IOT|SYS|PROF|USR1|UNUSED|CLD|POLL/.test(name),
);
for (const name of left) {
  await new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 1_000);
    process.once(name, (signal) => {
      console.log(signal);
      clearInterval(keepAlive);
      resolve();
    });
    process.kill(process.pid, name);
  });
}
