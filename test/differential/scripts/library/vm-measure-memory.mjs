import vm from "node:vm";

process.removeAllListeners("warning");
console.log(Object.keys(await vm.measureMemory({ execution: "eager" })));
