import http from "node:http";

const server = http.createServer(async (request, response) => {
  let body = "";
  for await (const data of request) body += data;
  response.setHeader("content-type", "application/json").end(JSON.stringify({ method: request.method, body }));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${server.address().port}`;
console.log(await (await fetch(base)).json());
console.log(await (await fetch(base, { method: "PUT", body: "text" })).json());
await fetch(base, { signal: AbortSignal.abort() }).catch((error) => console.log(error.name));
await fetch("http://127.0.0.1:1").catch((error) => console.log(error.message, error.cause.code));
server.closeAllConnections();
server.close();
