import net from "node:net";

const server = net.createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const { port } = server.address();
const answers = await Promise.all(
  Array.from({ length: 100 }, (_, i) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.end(`${i}`));
    let text = "";
    socket.on("data", (data) => (text += data));
    return new Promise((resolve) => socket.on("close", () => resolve(text)));
  }),
);
console.log(answers.join());
server.close();
