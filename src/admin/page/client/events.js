import { byId, element, keep, raw, setText } from "./dom.js";
import { shown, timeOfDay } from "./text.js";

const levels = { info: ["Info", "quiet"], warn: ["Warning", "warn"], error: ["Error", "bad"], fatal: ["Fatal", "bad"] };
/** Log fields as a person reads them. */
const names = {
  workerPid: "pid",
  templatePid: "pid",
  keeperPid: "pid",
  exitCode: "exit code",
  startMs: "start ms",
  loadMs: "load ms",
};

const fewAtMost = 12;
let areAllShown = false;

let latest = {};

export function prepareEvents() {
  byId("older").addEventListener("click", () => {
    areAllShown = !areAllShown;
    showEvents(latest);
  });
}

export function showEvents(events) {
  latest = events;
  const rows = Object.entries(events).sort(([left], [right]) => Number(right) - Number(left));
  const older = rows.length - fewAtMost;
  byId("no-events").hidden = rows.length > 0;
  byId("events").hidden = rows.length === 0;
  keep(byId("events"), areAllShown ? rows : rows.slice(0, fewAtMost), () => element("li"), change);
  byId("older").hidden = older <= 0;
  setText(byId("older"), areAllShown ? "Show fewer" : `Show ${older} older`);
}

function change(row, { at, level, message, fields }) {
  const [text, tone] = levels[level];
  const time = element("time", { datetime: new Date(at).toISOString() }, timeOfDay(at));
  const badge = element("span", { class: "badge plain level", "data-tone": tone }, text);
  const list = element("dl", { class: "fields" });
  for (const [name, value] of Object.entries(fields))
    list.append(element("div", {}, element("dt", {}, names[name] ?? name), element("dd", {}, raw(value))));
  const what = element("div", { class: "what" }, element("p", {}, shown(message)));
  if (list.childElementCount > 0) what.append(list);
  row.replaceChildren(time, badge, what);
}
