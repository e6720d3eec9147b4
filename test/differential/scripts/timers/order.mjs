const said = [];
const say = (what) => () => said.push(what);
const timers = new Promise((resolve) => {
  setTimeout(say("timeout 0"), 0);
  setTimeout(() => resolve(say("timeout 3")()), 3);
});
const immediate = new Promise((resolve) => {
  setImmediate(() => {
    say("immediate")();
    process.nextTick(say("tick in immediate"));
    Promise.resolve().then(say("promise in immediate")).then(resolve);
  });
});
process.nextTick(say("tick"));
queueMicrotask(say("microtask"));
await Promise.resolve().then(say("promise"));
await Promise.all([timers, immediate]);
// The clock decides whether a timer fires before an immediate.
console.log(said.filter((one) => one.startsWith("timeout")));
console.log(said.filter((one) => !one.startsWith("timeout")));
