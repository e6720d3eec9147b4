// An echo server: the body of each response is the request's path without its slash.
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";

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

/** The same over HTTP/2: with a certificate, over TLS. */
export async function startHttp2(place, certificate) {
  const sessions = new Set();
  const answer = (request, response) => response.end(request.url.slice(1));
  const server = certificate === undefined ? http2.createServer(answer) : http2.createSecureServer(certificate, answer);
  server.on("session", (session) => sessions.add(session));
  server.listen(place);
  await once(server, "listening");
  const close = async () => {
    server.close();
    for (const session of sessions) session.destroy();
  };
  return { env: {}, close };
}
