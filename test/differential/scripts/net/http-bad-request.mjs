import http from "node:http";
import net from "node:net";

const server = http.createServer().on("clientError", (error, socket) => {
  console.log(error.code, error.message);
  socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
});
server.listen(0, "127.0.0.1", () => {
  net.connect(server.address().port, "127.0.0.1", function () {
    this.write("not http\r\n\r\n");
    this.on("data", (data) => console.log(`${data}`)).on("close", () => server.close());
  });
});
