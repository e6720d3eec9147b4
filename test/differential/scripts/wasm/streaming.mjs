const bytes = Buffer.from("0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b", "hex");
const response = () => new Response(bytes, { headers: { "content-type": "application/wasm" } });
const { instance } = await WebAssembly.instantiateStreaming(response());
console.log(instance.exports.answer(), WebAssembly.Module.exports(await WebAssembly.compileStreaming(response())));
