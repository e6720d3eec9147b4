process.stdout.write("a\n", () => console.log("written"));
console.log(
  process.stdout.write("x".repeat(200_000)),
  process.stdout.writableLength,
  process.stdout.fd,
  process.stdout.isTTY,
);
console.log(process.stderr.fd, process.stdout.constructor.name, process.stdin.fd, process.stdout.writableHighWaterMark);
