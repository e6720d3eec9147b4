const bytes = Buffer.from("0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b", "hex");
const modules = await Promise.all(Array.from({ length: 20 }, () => WebAssembly.compile(bytes)));
const instances = await Promise.all(modules.map((module) => WebAssembly.instantiate(module)));
console.log(instances.map(({ exports }) => exports.answer()));
