const bytes = Buffer.from("0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b", "hex");
console.log(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.answer());
