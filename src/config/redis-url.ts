import { Refused } from "./refused.ts";

export type RedisOptionValues = Record<string, unknown>;

/** Options whose values are always strings. Other values in a query may be a number, `true` or `false`. */
const textOptions = new Set(["username", "password", "sentinelUsername", "sentinelPassword", "name", "connectionName"]);
const redisPort = 6379;
const sentinelPort = 26379;
const severalHosts = /^rediss?\+(cluster|sentinel):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;

/**
 * The ioredis options for a URL or for the path of a unix socket; `cluster` holds the nodes of a Redis Cluster. A URL may contain
 * a password, so a message about a wrong one shows its scheme at most.
 */
export function optionsOfRedisUrl(text: string): RedisOptionValues | Refused {
  if (text.startsWith("/") && !text.startsWith("//")) return optionsOfPath(text);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return new Refused("begin it with redis://", "a string without a scheme");
    case "redis":
    case "rediss":
      return optionsOfOne(text, scheme === "rediss");
    case "redis+cluster":
    case "rediss+cluster":
    case "redis+sentinel":
    case "rediss+sentinel":
      return optionsOfSeveral(text, scheme.startsWith("rediss"));
    default:
      return new Refused(
        "use redis://, rediss://, redis+cluster://, rediss+cluster://, redis+sentinel:// or rediss+sentinel://",
        `a URL with the scheme ${scheme}`,
      );
  }
}

function optionsOfPath(text: string): RedisOptionValues {
  const [path = "", ...query] = text.split("?");
  return { path, ...optionsOfQuery(query.join("?")) };
}

function optionsOfOne(text: string, tls: boolean): RedisOptionValues | Refused {
  const url = URL.parse(text);
  if (url === null || url.hostname === "" || url.hash !== "") return malformed();
  const login = loginOf(url.username, url.password);
  if (login === undefined) return malformed();
  if (!/^\/?\d*$/.test(url.pathname))
    return new Refused("write the number of a database after the host, or nothing", "a path");
  return {
    host: withoutBrackets(url.hostname),
    port: Number(url.port || redisPort),
    ...login,
    ...databaseOf(url.pathname.slice(1)),
    ...(tls && { tls: {} }),
    ...optionsOfQuery(url.search.slice(1)),
  };
}

function optionsOfSeveral(text: string, tls: boolean): RedisOptionValues | Refused {
  const [whole, kind = "", user = "", hosts = "", path = "", query = ""] = severalHosts.exec(text) ?? [];
  const isCluster = kind.toLowerCase() === "cluster";
  const nodes = hosts.split(",").map((host) => nodeOf(host, isCluster ? redisPort : sentinelPort));
  const colon = user.indexOf(":");
  const login = colon === -1 ? loginOf(user, "") : loginOf(user.slice(0, colon), user.slice(colon + 1));
  if (whole === undefined || login === undefined || nodes.includes(undefined)) return malformed();
  const common = { ...login, ...(tls && { tls: {} }), ...optionsOfQuery(query) };
  if (isCluster) {
    if (!/^0?$/.test(path)) return new Refused("leave it out: a Redis Cluster has database 0 only", "a path");
    return { cluster: nodes, ...common };
  }
  const [, name, database = ""] = /^([^/]+)(?:\/(\d*))?$/.exec(path) ?? [];
  if (name === undefined)
    return new Refused(
      "end it with the name of the master: redis+sentinel://host:26379/mymaster",
      "no name of a master",
    );
  const sentinelTls = tls && { sentinelTLS: {}, enableTLSForSentinelMode: true };
  return { sentinels: nodes, name: decodeURIComponent(name), ...databaseOf(database), ...sentinelTls, ...common };
}

function nodeOf(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const url = /^[^\s:]+(?::\d+)?$|^\[[0-9a-f:.]+\](?::\d+)?$/i.test(text) ? URL.parse(`redis://${text}`) : null;
  return url === null ? undefined : { host: withoutBrackets(url.hostname), port: Number(url.port || defaultPort) };
}

/** undefined: not valid percent-encoding. */
function loginOf(username: string, password: string): { username?: string; password?: string } | undefined {
  try {
    const login = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    return Object.fromEntries(Object.entries(login).filter(([, text]) => text !== ""));
  } catch {
    return undefined;
  }
}

function databaseOf(text: string): { db?: number } {
  return text === "" ? {} : { db: Number(text) };
}

function optionsOfQuery(query: string): RedisOptionValues {
  return Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, text]) => [name, textOptions.has(name) ? text : valueOf(text)]),
  );
}

function valueOf(text: string): string | number | boolean {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function malformed(): Refused {
  return new Refused("percent-encode special characters in a password", "a malformed URL");
}
