import { readFileSync } from "node:fs";
import http2 from "node:http2";

const pem = readFileSync(new URL("./localhost.pem", import.meta.url));
const server = http2.createSecureServer({ key: pem, cert: pem }, (request, response) =>
  response.end(request.httpVersion),
);
server.listen(0, "127.0.0.1", () => {
  const session = http2.connect(`https://localhost:${server.address().port}`, { ca: pem, family: 4 });
  session.request({ ":path": "/" }).on("data", (data) => {
    console.log(`${data}`, session.alpnProtocol);
    session.close();
    server.close();
  });
});
