// (func (export "fail") unreachable)
const bytes = Buffer.from("0061736d0100000001040160000003020100070801046661696c00000a05010300000b", "hex");
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
exports.fail();
