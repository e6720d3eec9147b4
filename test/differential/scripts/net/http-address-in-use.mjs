import http from "node:http";

const first = http.createServer().listen(0, "127.0.0.1", () => {
  http
    .createServer()
    .on("error", (error) => {
      console.log(error.code, error.syscall);
      first.close();
    })
    .listen(first.address().port, "127.0.0.1");
});
