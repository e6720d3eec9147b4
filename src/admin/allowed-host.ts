import { isIP } from "node:net";

/**
 * Whether a request's Host is a name that no other site can have. A web page can make its own name resolve to forker's address, and
 * then read forker's answers as its own (DNS rebinding); the browser sends that name in Host. A page cannot do so with an IP address
 * or with localhost, so kubelets, scrapers and load balancers, which use an address, need no setting. A browser always sends a
 * Host; HTTP/1.0 clients may omit it.
 */
export function isAllowedHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const host = hostIn(header);
  if (host === undefined) return false;
  return isIP(host) !== 0 || host === "localhost" || names.some((name) => isCovered(host, name));
}

/** `[::1]:8080`, `Workers.:80`: in lower case, without port, brackets and the root's dot. undefined: it is not a host. */
function hostIn(header: string): string | undefined {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d*)?$/.exec(header.trim()) ?? [];
  if (address !== undefined) return isIP(address) === 6 ? address : undefined;
  return name?.toLowerCase().replace(/\.$/, "");
}

/** `*` covers every name, `*.jobs.svc` every name below `jobs.svc`. */
function isCovered(host: string, name: string): boolean {
  if (name === "*") return true;
  return name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name;
}
