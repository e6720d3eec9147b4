// Accepts every mail, and repeats the number that it contains.
import { once } from "node:events";
import net from "node:net";
import readline from "node:readline";

export async function startSmtp(port) {
  const server = net.createServer((socket) => {
    let isMail = false;
    let said = "";
    socket.on("error", () => undefined);
    socket.write("220 here\r\n");
    readline.createInterface({ input: socket }).on("line", (line) => {
      if (isMail) {
        said = /n=\d+/.exec(line)?.[0] ?? said;
        if (line !== ".") return;
        isMail = false;
        socket.write(`250 accepted ${said}\r\n`);
      } else if (line === "DATA") {
        isMail = true;
        socket.write("354 go on\r\n");
      } else if (line === "QUIT") socket.end("221 bye\r\n");
      else socket.write("250 fine\r\n");
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { env: { SMTP_URL: `smtp://127.0.0.1:${port}` }, close: async () => void server.close() };
}
