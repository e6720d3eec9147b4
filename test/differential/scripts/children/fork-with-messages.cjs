const { fork } = require("node:child_process");

if (process.argv[2] === "child" || process.send) {
  process.on("message", (message) => {
    process.send({ answer: message.question * 2 });
    process.disconnect();
  });
} else {
  const child = fork(__filename, [], { execArgv: [] });
  child.send({ question: 21 });
  child.on("message", (message) => console.log(message));
  child.on("exit", (code, signal) => console.log(code, signal));
}
