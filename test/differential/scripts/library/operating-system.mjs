import os from "node:os";

console.log(
  os.availableParallelism(),
  os.cpus().length,
  os.hostname().length > 0,
  os.endianness(),
  os.userInfo().uid,
  os.EOL,
  os.getPriority(),
);
os.setPriority(5);
console.log(os.getPriority(), os.homedir(), os.tmpdir(), os.type());
