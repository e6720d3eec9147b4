import { setSince } from "./clock.js";
import { byId, element, keep, raw, setText } from "./dom.js";
import { count } from "./text.js";

const columns = ["Workers", "Running", "Oldest runs for", "First waits for"];

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

function change(row, { workers, running, oldestSince, staleSince }) {
  const [, workersCell, runningCell, oldest, first] = row.cells;
  setText(workersCell, count(workers));
  setText(runningCell, count(running));
  setSince(oldest, oldestSince);
  setSince(first, staleSince);
}
