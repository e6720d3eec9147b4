import { byId, element, setText, setTone } from "./dom.js";
import { shown } from "./text.js";

const storageKey = "forker token";
let token = sessionStorage.getItem(storageKey) ?? "";

const orders = [
  { name: "suspend", text: "Suspend", isFor: (forker) => !forker.isSuspended },
  { name: "resume", text: "Resume", isFor: (forker) => forker.isSuspended },
  { name: "reload", text: "Reload" },
  { name: "add-worker", text: "Add a worker" },
  { name: "remove-worker", text: "Remove a worker" },
  {
    name: "drain",
    text: "Drain…",
    title: "Drain and exit?",
    why: "Running jobs finish, workers take no new jobs, and then forker exits. Jobs that run too long are handed back.",
    yes: "Drain",
  },
];

export function prepareOrders() {
  const buttons = byId("buttons");
  for (const order of orders) {
    const button = element("button", { type: "button", class: order.why === undefined ? "" : "danger" }, order.text);
    button.dataset.order = order.name;
    button.addEventListener("click", () => void give(order));
    buttons.append(button);
  }
  const lock = element("button", { type: "button", onclick: () => setToken("") }, "Lock");
  buttons.append(lock);
  byId("unlock").addEventListener("submit", (event) => {
    event.preventDefault();
    void unlock(byId("token").value.trim());
  });
  setToken(token);
}

export function showOrders(forker) {
  byId("orders").hidden = !forker.mayOrder;
  for (const { name, isFor } of orders)
    byId("buttons").querySelector(`[data-order="${name}"]`).hidden = isFor !== undefined && !isFor(forker);
}

export async function stopJob({ queue, id }) {
  const name = `${shown(queue)}:${shown(id)}`;
  const why = "Its AbortSignal is aborted. If it still runs after FORKER_STOP_TIMEOUT, its process is killed.";
  await give({ name: "stop-job", title: `Stop ${name}?`, why, yes: "Stop the job" }, { queue, id });
}

async function unlock(given) {
  const { ok } = await post("check", given);
  if (!ok) return;
  report("", "quiet");
  byId("token").value = "";
  setToken(given);
  byId("buttons").querySelector("button:not([hidden])").focus();
}

/** The token lives as long as the tab. */
function setToken(given) {
  token = given;
  if (given === "") sessionStorage.removeItem(storageKey);
  else sessionStorage.setItem(storageKey, given);
  byId("unlock").hidden = given !== "";
  byId("buttons").hidden = given === "";
  document.documentElement.classList.toggle("locked", given === "");
}

async function give({ name, title, why, yes }, body) {
  if (why !== undefined && !(await isConfirmed(title, why, yes))) return;
  const { status } = await post(name, token, body);
  if (status === 401) setToken("");
}

async function isConfirmed(title, why, yes) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), title);
  setText(byId("confirm-text"), why);
  setText(byId("confirm-yes"), yes);
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}

/** The header Authorization makes this a request that no other site can send. */
async function post(name, bearer, body) {
  report("…", "quiet");
  try {
    const answer = await fetch(`/orders/${name}`, {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    report((await answer.text()).trim(), answer.ok ? "quiet" : "bad");
    return answer;
  } catch {
    report("init does not answer", "bad");
    return { ok: false, status: 0 };
  }
}

function report(text, tone) {
  const outcome = byId("outcome");
  setText(outcome, shown(text));
  setTone(outcome, tone);
}
