import dgram from "node:dgram";
import { Resolver } from "node:dns/promises";

const server = dgram.createSocket("udp4");
server.on("message", (query, from) => {
  const answer = Buffer.concat([
    query.subarray(0, 2),
    Buffer.from("8180000100010000" + "0000", "hex"),
    query.subarray(12, query.indexOf(0, 12) + 5),
    Buffer.from("c00c00010001000000" + "3c00047f000002", "hex"),
  ]);
  server.send(answer, from.port, from.address);
});
await new Promise((resolve) => server.bind(0, "127.0.0.1", resolve));
const resolver = new Resolver();
resolver.setServers([`127.0.0.1:${server.address().port}`]);
console.log(await resolver.resolve4("name.example"));
server.close();
