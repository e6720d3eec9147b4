process.kill(process.pid, "SIGKILL");
setTimeout(() => undefined, 10_000);
