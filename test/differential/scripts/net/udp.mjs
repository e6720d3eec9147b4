import dgram from "node:dgram";

const server = dgram.createSocket("udp4");
const client = dgram.createSocket("udp4");
server.on("message", (message, from) => server.send(`got ${message}`, from.port, from.address));
client.on("message", (message) => {
  console.log(`${message}`);
  client.close();
  server.close();
});
server.bind(0, "127.0.0.1", () => client.send("datagram", server.address().port, "127.0.0.1"));
