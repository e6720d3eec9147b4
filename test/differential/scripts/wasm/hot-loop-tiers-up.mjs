// (func (export "sum") (param i32) (result i32) (local i32) (loop: local1 += local0; local0 -= 1; br_if) local1)
const code =
  "0061736d01000000010601" +
  "60017f017f" +
  "03020100" +
  "07070103" +
  "73756d0000" +
  "0a1b0119" +
  "01017f" +
  "0340" +
  "200120006a2101" +
  "200041016b2200" +
  "0d000b" +
  "20010b";
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, "hex")));
let total = 0;
for (let i = 0; i < 300; i++) total = (total + exports.sum(200_000)) | 0;
await new Promise((resolve) => setTimeout(resolve, 20));
console.log(exports.sum(10), total);
