// Both accounts side by side.
import { isDeepStrictEqual } from "node:util";

/** What must be equal, and how it is summed up in a line. */
const exact = {
  counts: (counts) =>
    Object.entries(counts)
      .map(
        ([queue, of]) =>
          `${queue}: ${Object.entries(of)
            .map(([state, n]) => `${n} ${state}`)
            .join(", ")}`,
      )
      .join("; "),
  jobs: (jobs) => `${Object.keys(jobs).length} kept jobs, ${sum(jobs, ({ attempts }) => attempts)} attempts`,
  events: (events) => `${Object.keys(events).length} jobs, ${sum(events, (of) => of.length)} events`,
  everywhere: (events) => `${events.length} events`,
  metrics: (metrics) => JSON.stringify(metrics),
  farewell: (lines) => lines.join(", "),
};
/** The clocks of the application and of Redis begin a second at different moments. */
const clockToleranceMs = 100;

/** The names of what differs. */
export function differencesOf(plain, ours) {
  const differing = Object.keys(exact).filter((name) => !isDeepStrictEqual(plain[name], ours[name]));
  const isLimited = plain.limiter.jobs === ours.limiter.jobs && [plain, ours].every(isWithinLimit);
  return isLimited ? differing : [...differing, "limiter"];
}

/** A limiter promises that jobs are not faster. How much slower they are depends on the machine. */
function isWithinLimit({ limiter: { spanMs, leastSpanMs } }) {
  return spanMs >= leastSpanMs - clockToleranceMs;
}

export function reportOf(names, accounts) {
  const [plain, ours] = accounts;
  const differing = ours === undefined ? [] : differencesOf(plain, ours);
  const row = (name, tell) =>
    `| ${[name, ...accounts.map(tell), ...(ours ? [differing.includes(name) ? "NO" : "yes"] : [])].join(" | ")} |`;
  const rate = ({ limiter: { bySecond, spanMs } }) => `${bySecond.join(", ")} a second; ${spanMs} ms`;
  const lines = [
    `| | ${names.join(" | ")} |${ours ? " the same |" : ""}`,
    `|---${"|---".repeat(accounts.length + (ours ? 1 : 0))}|`,
    ...Object.entries(exact).map(([name, tell]) => row(name, (account) => tell(account[name]))),
    row("limiter", rate),
    // An application that ends itself with the signal again, as Nest does, has no exit code of its own.
    `| exit | ${accounts.map(({ exit }) => exit).join(" | ")} |${ours ? " |" : ""}`,
    `| time | ${accounts.map(({ totalMs }) => `${totalMs} ms`).join(" | ")} |${ours ? " |" : ""}`,
  ];
  for (const name of differing) lines.push("", `${name} differs:`, ...details(plain[name], ours[name]));
  return lines.join("\n");
}

function details(plain, ours) {
  if (typeof plain !== "object" || Array.isArray(plain))
    return [`  node   ${JSON.stringify(plain)}`, `  forker ${JSON.stringify(ours)}`];
  return [...new Set([...Object.keys(plain), ...Object.keys(ours)])]
    .filter((key) => !isDeepStrictEqual(plain[key], ours[key]))
    .flatMap((key) => [
      `  ${key}`,
      `    node   ${JSON.stringify(plain[key])}`,
      `    forker ${JSON.stringify(ours[key])}`,
    ]);
}

function sum(entries, of) {
  return Object.values(entries).reduce((total, entry) => total + of(entry), 0);
}
