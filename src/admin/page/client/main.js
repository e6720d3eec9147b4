import { keepTime } from "./clock.js";
import { connect } from "./connection.js";
import { byId, setText, setTone } from "./dom.js";
import { prepareEvents, showEvents } from "./events.js";
import { prepareOrders, showOrders, stopJob } from "./orders.js";
import { showForker } from "./overview.js";
import { showProcesses } from "./processes.js";
import { showQueues } from "./queues.js";
import { addThroughput, showThroughput } from "./throughput.js";

let latest;

function changed(state, throughput, isWhole) {
  latest = state;
  showForker(state.forker);
  showOrders(state.forker);
  addThroughput(throughput, isWhole);
  showThroughput(state.totals);
  showProcesses(state, stopJob);
  showQueues(state.queues);
  showEvents(state.events);
}

function linked(isLinked, why) {
  const link = byId("link");
  link.hidden = isLinked;
  setText(link, isLinked ? "" : why);
  setTone(link, "bad");
}

prepareOrders();
prepareEvents();
connect({ changed, linked });
keepTime();
setInterval(() => {
  if (latest !== undefined && !document.hidden) showThroughput(latest.totals);
}, 1000);
