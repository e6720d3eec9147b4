import { setSince } from "./clock.js";
import { byId, element, setText, setTone } from "./dom.js";
import { shown } from "./text.js";

/** What the first line says, from the strongest condition to the weakest. */
function summary(forker) {
  if (forker.phase === "stopping") return ["Stopping", "warn"];
  if (forker.phase === "draining") return ["Draining", "warn"];
  if (forker.notLiveReason !== undefined) return ["Not alive", "bad"];
  if (forker.phase === "booting") return ["Loading", "quiet"];
  if (forker.isSuspended) return ["Suspended", "warn"];
  if (!forker.isReady) return ["Not ready", "bad"];
  return forker.isReloading ? ["Ready, reloading", "good"] : ["Ready", "good"];
}

export function showForker(forker) {
  const [text, tone] = summary(forker);
  const badge = byId("badge");
  setText(badge, text);
  setTone(badge, tone);
  badge.toggleAttribute("data-moving", forker.isReloading || forker.phase !== "running");
  setText(byId("host"), shown(forker.host));
  document.title = `${text} · forker ${shown(forker.host)}`;
  showFacts(forker);
  const why = forker.notLiveReason ?? (forker.isReady ? undefined : forker.notReadyReason);
  const reason = byId("reason");
  reason.hidden = why === undefined || why === forker.phase;
  setText(reason, why ?? "");
  setTone(reason, tone);
}

function showFacts(forker) {
  const facts = byId("facts");
  const reason = forker.engineReason === undefined ? "" : ` because ${shown(forker.engineReason)}`;
  const engine = { fork: "workers are forked", spawn: `workers are spawned${reason}` }[forker.engine];
  const words = [
    `generation ${forker.generation}`,
    engine,
    ...(forker.ranges ?? []),
    forker.oomKills > 0 ? `${forker.oomKills} killed by the out-of-memory killer` : undefined,
    `forker ${forker.version}`,
    `Node ${forker.node.replace(/^v/, "")}`,
  ].filter((word) => word !== undefined);
  if (facts.dataset.words === words.join()) return;
  facts.dataset.words = words.join();
  const up = element("span");
  setSince(up, forker.startedAt, "up ");
  facts.replaceChildren(`${words.join(" · ")} · `, up);
  if (forker.drainsUntil === undefined) return;
  facts.append(` · drains until ${new Date(forker.drainsUntil).toLocaleTimeString("en-GB")}`);
}
