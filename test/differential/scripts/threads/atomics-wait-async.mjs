const view = new Int32Array(new SharedArrayBuffer(8));
const { async, value } = Atomics.waitAsync(view, 0, 0);
setTimeout(() => Atomics.notify(view, 0), 5);
console.log(async, await value);
const late = Atomics.waitAsync(view, 0, 0, 5);
const keepAlive = setInterval(() => undefined, 1);
console.log(late.async, await late.value);
clearInterval(keepAlive);
