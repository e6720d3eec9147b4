const { fork } = require("node:child_process");

if (process.send) {
  process.on("message", (message) => {
    process.send(message);
    process.disconnect();
  });
} else {
  const child = fork(__filename, [], { serialization: "advanced", execArgv: [] });
  child.send({ map: new Map([[1, 2n]]), date: new Date(0), bytes: Buffer.from("a") });
  child.on("message", (message) => console.log(message));
}
