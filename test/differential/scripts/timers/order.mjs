const said = [];
const say = (what) => () => said.push(what);
setTimeout(say("timeout 0"), 0);
setTimeout(say("timeout 3"), 3);
setImmediate(() => {
  say("immediate")();
  process.nextTick(say("tick in immediate"));
  Promise.resolve().then(say("promise in immediate"));
});
process.nextTick(say("tick"));
queueMicrotask(say("microtask"));
await Promise.resolve().then(say("promise"));
await new Promise((resolve) => setTimeout(resolve, 20));
console.log(
  said.filter((one) => !/timeout 0|^immediate/.test(one)),
  said.length,
);
