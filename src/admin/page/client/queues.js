import { setSince } from "./clock.js";
import { byId, element, keep, raw, setText } from "./dom.js";
import { count, duration } from "./text.js";

/** waited and took: half of the jobs no longer than the first figure, 95 % no longer than the second. */
const columns = ["Workers", "Waiting", "Delayed", "Running", "Waited", "Took", "Oldest runs for", "First waits for"];

export function showQueues(queues) {
  const rows = Object.entries(queues).sort(([left], [right]) => (left < right ? -1 : 1));
  byId("no-queues").hidden = rows.length > 0;
  byId("queues").hidden = rows.length === 0;
  keep(byId("queues").tBodies[0], rows, make, change);
}

function make(key) {
  const name = element("th", { role: "rowheader", scope: "row" }, raw(key.slice(1)));
  const cells = columns.map((label) => element("td", { role: "cell", class: "number", "data-label": label }));
  return element("tr", { role: "row" }, name, ...cells);
}

function change(row, queue) {
  const { workers, waiting, delayed, running, waited, took, oldestSince, staleSince } = queue;
  const [, workersCell, waitingCell, delayedCell, runningCell, waitedCell, tookCell, oldest, first] = row.cells;
  setText(workersCell, count(workers));
  setText(waitingCell, waiting === undefined ? "" : count(waiting));
  setText(delayedCell, delayed === undefined ? "" : count(delayed));
  setText(runningCell, count(running));
  setText(waitedCell, waited === undefined ? "" : range(waited));
  setText(tookCell, took === undefined ? "" : range(took));
  setSince(oldest, oldestSince);
  setSince(first, staleSince);
}

function range([p50, p95]) {
  return `${duration(p50)} / ${duration(p95)}`;
}
