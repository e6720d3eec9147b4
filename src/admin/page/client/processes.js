import { setSince } from "./clock.js";
import { byId, element, keep, raw, setText, setTone } from "./dom.js";
import { count, megabytes, shown } from "./text.js";

const ranks = { init: 0, keeper: 1, template: 2, worker: 3, spare: 4, runner: 5 };
const tones = {
  taking: "good",
  ready: "good",
  running: "good",
  killed: "bad",
  stopping: "warn",
  draining: "warn",
  suspended: "warn",
};

export function showProcesses({ processes, slots }, stopJob) {
  const rows = inOrder(processes, slots);
  const most = Math.max(1, ...rows.map(([, { memory }]) => memory?.residentKb ?? 0));
  const body = byId("processes").tBodies[0];
  keep(
    body,
    rows,
    () => emptyRow(),
    (row, item, key) => change(row, item, { key, processes, slots, stopJob }),
  );
  for (const [index, [, { memory }]] of rows.entries()) showMeter(body.rows[index], memory, most);
}

/** A tree, each process before those that it started; a slot without a worker is a row as well. */
function inOrder(processes, slots) {
  const filled = new Set(Object.values(processes).map(({ slot }) => slot));
  const empty = Object.keys(slots).filter((slot) => !filled.has(Number(slot)));
  const all = [...Object.entries(processes), ...empty.map((slot) => [`slot ${slot}`, emptyRowOf(slot, slots)])];
  const childrenOf = (parent) =>
    all
      .filter(([, process]) => process.parent === parent)
      .sort(([, left], [, right]) => ranks[left.role] - ranks[right.role] || place(left) - place(right))
      .flatMap(([key, process]) => [[key, process], ...childrenOf(key)]);
  return childrenOf(undefined);
}

const emptyRows = new Map();

/** The same object as long as it says the same. */
function emptyRowOf(slot, slots) {
  const trouble = slots[slot].emptyBecause;
  const known = emptyRows.get(slot);
  if (known?.trouble === trouble) return known;
  const made = { role: "worker", parent: "init", slot: Number(slot), state: "no worker", trouble };
  emptyRows.set(slot, made);
  return made;
}

function place({ slot = 0, generation = 0 }) {
  return slot * 1e6 + generation;
}

function emptyRow() {
  const cell = (className, label) =>
    element("td", { role: "cell", class: className, ...(label && { "data-label": label }) });
  return element(
    "tr",
    { role: "row" },
    element("th", { role: "rowheader", scope: "row" }, element("span", { class: "name" })),
    element("td", { role: "cell" }, element("span", { class: "state" })),
    cell("wide doing"),
    cell("number", "Completed"),
    cell("number", "Failed"),
    element("td", { role: "cell", class: "wide" }, element("div", { class: "memory" })),
  );
}

function change(row, process, { key, processes, slots, stopJob }) {
  row.className = `depth-${depth(process, processes)}`;
  row.querySelector(".name").replaceChildren(...nameOf(process, slots));
  const state = row.querySelector(".state");
  setText(state, process.state);
  setTone(state, process.trouble === undefined ? (tones[process.state] ?? "quiet") : "bad");
  showDoing(row.querySelector(".doing"), process, key, stopJob);
  setText(row.cells[3], process.completed === undefined ? "" : count(process.completed));
  setText(row.cells[4], process.failed === undefined ? "" : count(process.failed));
}

function depth({ parent }, processes) {
  return parent === undefined ? 0 : 1 + depth(processes[parent] ?? {}, processes);
}

function nameOf({ role, pid, slot, generation }, slots) {
  const { spec = "", restarts = 0 } = slots[slot] ?? {};
  const names = {
    init: ["init"],
    keeper: ["Keeper"],
    template: ["Template"],
    worker: [`Slot ${slot} `, raw(spec)],
    spare: ["Spare"],
    runner: ["Runner"],
  };
  const details = [
    pid === undefined ? "" : `pid ${pid}`,
    generation === undefined ? "" : `generation ${generation}`,
    role === "worker" && restarts > 0 ? (restarts === 1 ? "1 restart" : `${count(restarts)} restarts`) : "",
  ];
  const words = details.filter((word) => word !== "").join(" · ");
  return [element("span", {}, ...names[role]), element("span", { class: "dim detail" }, words)];
}

function showDoing(cell, process, key, stopJob) {
  const lists = cell.querySelector("ul") ?? element("ul", { class: "jobs" });
  const jobs = process.jobs ?? [];
  // A screen reader would announce an empty list.
  if (jobs.length === 0) lists.remove();
  else if (!lists.isConnected) cell.prepend(lists);
  keep(
    lists,
    jobs.map((job) => [JSON.stringify([job.queue, job.id]), job]),
    () => element("li"),
    (item, job) => showJob(item, job, stopJob),
  );
  for (const old of cell.querySelectorAll(":scope > :not(ul)")) old.remove();
  if (process.moreJobs !== undefined)
    cell.append(element("p", { class: "dim" }, `and ${count(process.moreJobs)} more`));
  if (process.idleSince !== undefined && process.trouble === undefined) {
    const idle = element("span", { class: "dim" });
    setSince(idle, process.idleSince, "idle for ");
    cell.append(idle);
  }
  if (process.pausedBecause !== undefined)
    cell.append(element("p", { class: "pause" }, `takes no job: ${process.pausedBecause}`));
  if (process.trouble !== undefined) cell.append(element("p", { class: "trouble" }, shown(process.trouble)));
}

function showJob(item, job, stopJob) {
  const name = `${shown(job.queue)}:${shown(job.id)}`;
  const since = element("span", { class: "dim" });
  setSince(since, job.since, job.waitsForRunner ? "waits for a runner for " : "for ");
  const notes = [job.starts === undefined ? "" : `start ${job.starts}`, job.isEnding ? "its end is being written" : ""];
  item.replaceChildren(
    element("bdi", { class: "raw job", title: name }, name),
    since,
    ...notes.filter((note) => note !== "").map((note) => element("span", { class: "dim" }, note)),
  );
  if (job.isShortened || job.isEnding) return;
  const stop = element("button", { type: "button", class: "small danger order", "aria-label": `Stop ${name}` }, "Stop");
  stop.addEventListener("click", () => void stopJob(job));
  item.append(stop);
}

function showMeter(row, memory, most) {
  const cell = row.querySelector(".memory");
  if (memory === undefined) return void cell.replaceChildren();
  if (cell.childElementCount === 0) {
    const meter = element(
      "div",
      { class: "meter", "aria-hidden": "true" },
      element("span", { class: "private" }),
      element("span", { class: "shared" }),
    );
    cell.append(meter, element("span", { class: "text" }));
  }
  const { residentKb, privateKb } = memory;
  const [own, shared] = cell.querySelectorAll(".meter span");
  own.style.width = `${((privateKb ?? 0) / most) * 100}%`;
  shared.style.width = `${((residentKb - (privateKb ?? 0)) / most) * 100}%`;
  const text =
    privateKb === undefined
      ? `${megabytes(residentKb)} resident`
      : `${megabytes(privateKb)} private, ${megabytes(residentKb - privateKb)} shared`;
  setText(cell.querySelector(".text"), text);
}
