import type { CommandClient } from "./new-client.ts";
import type { RedisTarget } from "./redis-target.ts";

/** The facts about a server that matter to BullMQ. */
export interface ServerInfo {
  readonly version: string | undefined;
  readonly kind: "redis" | "valkey" | "dragonfly";
  readonly evictionPolicy: string | undefined;
  readonly isClusterNode: boolean;
}

export interface ServerProblem {
  readonly severity: "error" | "warning";
  /** One line that says what is wrong and what to do. */
  readonly text: string;
}

/** Parses the answer to INFO. */
export function readServerInfo(info: string): ServerInfo {
  const fields = new Map(info.split(/\r?\n/).map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1)]));
  const valkey = fields.get("valkey_version");
  const dragonfly = fields.get("dragonfly_version");
  return {
    version: dragonfly ?? valkey ?? fields.get("redis_version"),
    kind: dragonfly !== undefined ? "dragonfly" : valkey !== undefined ? "valkey" : "redis",
    evictionPolicy: fields.get("maxmemory_policy"),
    isClusterNode: fields.get("cluster_enabled") === "1",
  };
}

/** `minimumVersion`: the oldest Redis that BullMQ supports. */
export function problemsOf(info: ServerInfo, target: RedisTarget, minimumVersion: string): ServerProblem[] {
  const problems: ServerProblem[] = [];
  const server = `Redis at ${target.address}`;
  if (info.kind === "redis" && info.version !== undefined && isOlder(info.version, minimumVersion)) {
    const text = `${server}: expected version ${minimumVersion} or newer, which BullMQ needs, got ${info.version}: upgrade it`;
    problems.push({ severity: "error", text });
  }
  if (info.isClusterNode && target.kind !== "cluster") {
    const text = `${server} is a node of a Redis Cluster: set REDIS_URL=redis+cluster://host:port, and use a hash tag in the prefix`;
    problems.push({ severity: "error", text });
  }
  const { evictionPolicy } = info;
  if (evictionPolicy !== undefined && evictionPolicy !== "noeviction") {
    const text = `${server} may evict jobs and locks when its memory is full, by its policy ${evictionPolicy}: set maxmemory-policy noeviction there`;
    problems.push({ severity: "warning", text });
  }
  return problems;
}

/** Asks the server, or each master of a Cluster. Ignores a server that does not answer or does not permit INFO. */
export async function findServerProblems(
  client: CommandClient,
  target: RedisTarget,
  minimumVersion: string,
): Promise<ServerProblem[]> {
  const servers = "nodes" in client ? client.nodes("master") : [client];
  const answers = await Promise.allSettled(servers.map(async (server) => readServerInfo(await server.info())));
  const problems = answers.flatMap((answer) =>
    answer.status === "fulfilled" ? problemsOf(answer.value, target, minimumVersion) : [],
  );
  // The nodes of a Cluster usually have the same configuration: each problem is reported once.
  return [...new Map(problems.map((problem) => [problem.text, problem])).values()];
}

function isOlder(version: string, minimum: string): boolean {
  const [one, other] = [version, minimum].map((text) => text.split(".").map(Number));
  for (const [index, number] of (other ?? []).entries()) {
    const difference = (one?.[index] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
