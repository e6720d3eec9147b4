import vm from "node:vm";

const context = vm.createContext({ a: 1 });
console.log(vm.runInContext("a + 1; globalThis.b = a", context), context.b, vm.isContext(context));
try {
  vm.runInNewContext("for (;;);", {}, { timeout: 20 });
} catch (error) {
  console.log(error.code, error.message);
}
const script = new vm.Script("1 + 1", { produceCachedData: true });
const again = new vm.Script("1 + 1", { cachedData: script.createCachedData() });
console.log(again.cachedDataRejected, again.runInThisContext(), vm.compileFunction("return x", ["x"])(5));
