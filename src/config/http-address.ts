import { isIP } from "node:net";

/** Where the health server listens. */
export interface HttpAddress {
  /** An IP address. undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * `8080`, `:8080`, `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`. undefined: none of these. Other names are not
 * supported: libuv looks them up on threads of its pool (getaddrinfo), and init drops its privileges before it starts any.
 */
export function parseHttpAddress(text: string): HttpAddress | undefined {
  const match = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text.trim());
  if (match === null) return undefined;
  const [, bracketed, plain = "", digits] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  if (plain === "") return { host: undefined, port };
  const host = plain.toLowerCase() === "localhost" ? "127.0.0.1" : plain;
  return isIP(host) === 4 ? { host, port } : undefined;
}

/** As a user would write it. */
export function formatHttpAddress({ host, port }: HttpAddress): string {
  if (host === undefined) return `:${port}`;
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
