import { isIP } from "node:net";

/**
 * Whether a request names us by a Host that no other site can have. A page in a browser can have its own name resolve to our
 * address, and then reads what we answer as its own (DNS rebinding); the browser says that name in Host. It cannot do so with an IP
 * address, nor with localhost, so that kubelets, scrapers and load balancers, which name an address, need no setting. A
 * browser always sends a Host; HTTP/1.0 may do without.
 */
export function isAllowedHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const host = hostIn(header);
  if (host === undefined) return false;
  return isIP(host) !== 0 || host === "localhost" || names.some((name) => isCovered(host, name));
}

/** `[::1]:8080`, `Workers.:80`: without port, brackets and the root's dot, in lower case. undefined: it is no host. */
function hostIn(header: string): string | undefined {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d*)?$/.exec(header.trim()) ?? [];
  if (address !== undefined) return isIP(address) === 6 ? address : undefined;
  return name?.toLowerCase().replace(/\.$/, "");
}

/** `*` covers every name, `*.jobs.svc` those below it. */
function isCovered(host: string, name: string): boolean {
  if (name === "*") return true;
  return name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name;
}
