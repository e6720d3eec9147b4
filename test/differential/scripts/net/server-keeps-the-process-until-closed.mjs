import net from "node:net";

const server = net.createServer().listen(0, "127.0.0.1", () => setTimeout(() => server.close(), 20));
process.on("beforeExit", () => console.log("nothing left", server.listening));
