const { createRequire } = require("node:module");

const pino = createRequire(__filename)("pino");
const log = pino({ timestamp: false, base: { pid: "own" } }, pino.destination({ fd: 1, sync: true }));
log.info({ a: 1 }, "hello");
process.exit(2);
