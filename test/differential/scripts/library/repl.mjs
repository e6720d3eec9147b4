import repl from "node:repl";
import { PassThrough } from "node:stream";

const input = new PassThrough();
const output = new PassThrough();
const server = repl.start({ input, output, terminal: false, prompt: "> " });
let text = "";
output.on("data", (data) => (text += data));
server.on("exit", () => console.log(text));
input.end("const a = 20\na + 22\nthrow new Error('x')\nawait 5\n");
