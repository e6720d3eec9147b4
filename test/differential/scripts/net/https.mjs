import { readFileSync } from "node:fs";
import https from "node:https";

const pem = readFileSync(new URL("./localhost.pem", import.meta.url));
const server = https.createServer({ key: pem, cert: pem }, (request, response) =>
  response.end(request.socket.getProtocol()),
);
server.listen(0, "127.0.0.1", () => {
  https.get({ port: server.address().port, host: "localhost", family: 4, ca: pem, agent: false }, (response) => {
    console.log(response.socket.authorized, response.socket.getCipher().name);
    response.on("data", (data) => console.log(`${data}`)).on("end", () => server.close());
  });
});
