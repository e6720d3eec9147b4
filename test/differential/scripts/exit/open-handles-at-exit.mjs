import net from "node:net";

net.createServer().listen(0);
setInterval(() => undefined, 10);
setTimeout(() => process.exit(4), 5);
