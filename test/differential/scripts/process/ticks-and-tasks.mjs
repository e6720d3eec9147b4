const said = [];
process.nextTick(() => {
  said.push("tick 1");
  queueMicrotask(() => said.push("task in tick"));
  process.nextTick(() => said.push("tick in tick"));
});
queueMicrotask(() => said.push("task 1"));
setImmediate(() => console.log(said));
