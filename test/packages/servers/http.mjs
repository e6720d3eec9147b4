// An echo server: the body of each response is the request's path without its slash.
import { once } from "node:events";
import http from "node:http";

export async function startHttp(port) {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume().on("end", () => response.end(new URL(request.url, "http://x").pathname.split("/").at(-1)));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { env: { HTTP_URL: `http://127.0.0.1:${port}` }, close };
}
