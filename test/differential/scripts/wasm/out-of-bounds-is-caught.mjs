// (memory 1) (func (export "read") (param i32) (result i32) local.get 0 i32.load): V8 may catch it by signal.
const bytes = Buffer.from(
  "0061736d010000000106016001" +
    "7f017f" +
    "03020100" +
    "0503010001" +
    "07080104" +
    "7265616400" +
    "00" +
    "0a09010700" +
    "20002802000b",
  "hex",
);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
console.log(exports.read(0));
for (const address of [65_536, -1, 1 << 30]) {
  try {
    exports.read(address);
  } catch (error) {
    console.log(error.message);
  }
}
