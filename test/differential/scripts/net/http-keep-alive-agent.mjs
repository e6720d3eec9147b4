import http from "node:http";

const ports = new Set();
const server = http.createServer((request, response) => {
  ports.add(request.socket.remotePort);
  response.end(request.url);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
for (let i = 0; i < 5; i++) {
  await new Promise((resolve) =>
    http.get({ port: server.address().port, host: "127.0.0.1", path: `/${i}`, agent }, (response) => {
      response.on("data", (data) => console.log(`${data}`)).on("end", resolve);
    }),
  );
}
console.log(ports.size);
agent.destroy();
server.close();
