import http from "node:http";

const server = http.createServer(async (request, response) => {
  let length = 0;
  for await (const data of request) length += data.length;
  response.write(`${request.headers["content-type"].split(";")[0]} ${length > 0}`);
  setTimeout(() => response.end(" the rest"), 5);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const body = new FormData();
body.append("file", new Blob(["content"]), "name.txt");
const response = await fetch(`http://127.0.0.1:${server.address().port}`, { method: "POST", body });
let text = "";
for await (const part of response.body.pipeThrough(new TextDecoderStream())) text += part;
console.log(text);
server.closeAllConnections();
server.close();
