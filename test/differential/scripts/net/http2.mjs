import http2 from "node:http2";

const server = http2.createServer().on("stream", (stream, headers) => {
  stream.respond({ ":status": 200, "x-path": headers[":path"] });
  stream.end("over http2");
});
server.listen(0, "127.0.0.1", () => {
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  const answers = Array.from({ length: 10 }, (_, i) => {
    const stream = session.request({ ":path": `/${i}` });
    return new Promise((resolve) => {
      let path;
      stream.on("response", (headers) => (path = headers["x-path"]));
      stream.on("data", (data) => resolve(`${path} ${data}`));
    });
  });
  Promise.all(answers).then((all) => {
    console.log(all);
    session.close();
    server.close();
  });
});
