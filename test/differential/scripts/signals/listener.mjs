process.once("SIGTERM", (signal, number) => {
  console.log(signal, number);
  clearInterval(keepAlive);
});
const keepAlive = setInterval(() => undefined, 1_000);
process.kill(process.pid, "SIGTERM");
