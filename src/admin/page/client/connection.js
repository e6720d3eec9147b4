import { setClock } from "./clock.js";
import { merged } from "./merge.js";

const retryMs = 5_000;
/** init sends something at least every 15 seconds. */
const silenceMs = 40_000;

/** Keeps a copy of init's state. `changed` gets it with what the rates were since the last time; `linked` how the connection is. */
export function connect({ changed, linked }) {
  let state;
  let source;
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => again("init is silent"), silenceMs);
  };
  const again = (why, delayMs = 0) => {
    clearTimeout(silence);
    source.close();
    linked(false, why);
    setTimeout(open, delayMs);
  };
  const take = (event) => {
    heard();
    const data = JSON.parse(event.data);
    setClock(data.now);
    linked(true, "");
    return data;
  };
  const open = () => {
    source = new EventSource("/events");
    heard();
    source.addEventListener("state", (event) => {
      const { state: whole, throughput } = take(event);
      state = whole;
      changed(state, throughput, true);
    });
    source.addEventListener("change", (event) => {
      const { change, throughput } = take(event);
      state = merged(state, change);
      changed(state, throughput, false);
    });
    source.addEventListener("alive", take);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CONNECTING) linked(false, "init does not answer");
      else void reason().then((why) => again(why, retryMs));
    });
  };
  open();
}

/** An EventSource does not say why it was refused. */
async function reason() {
  const given = new AbortController();
  try {
    const answer = await fetch("/events", { signal: given.signal });
    return answer.ok ? "the connection was lost" : (await answer.text()).trim();
  } catch {
    return "init does not answer";
  } finally {
    given.abort();
  }
}
