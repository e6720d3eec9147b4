import { readFileSync } from "node:fs";
import tls from "node:tls";

const pem = readFileSync(new URL("./localhost.pem", import.meta.url));
const server = tls.createServer({ key: pem, cert: pem }).on("tlsClientError", () => undefined);
server.listen(0, "127.0.0.1", () => {
  tls.connect(server.address().port, "127.0.0.1").on("error", (error) => {
    console.log(error.code, error.message);
    server.close();
  });
});
