import http from "node:http";

const server = http.createServer((request, response) => {
  let body = "";
  request
    .on("data", (data) => (body += data))
    .on("end", () => {
      response
        .writeHead(201, { "x-method": request.method, date: "none", connection: "close" })
        .end(`got ${body.length}`);
    });
});
server.listen(0, "127.0.0.1", () => {
  const request = http.request({ port: server.address().port, host: "127.0.0.1", method: "POST" }, (response) => {
    console.log(response.statusCode, response.headers);
    response.on("data", (data) => console.log(`${data}`)).on("end", () => server.close());
  });
  for (let i = 0; i < 10; i++) request.write("x".repeat(10_000));
  request.end();
});
