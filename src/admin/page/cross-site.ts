import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a browser sends this for the page of another site. Browsers state the site in Sec-Fetch-Site (Fetch Metadata) and, in a POST, in
 * Origin; older ones send only Origin. Programs send nothing of that. `same-site` is another port or subdomain, which somebody else may serve.
 */
export function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin, host } = headers;
  return origin !== undefined && !isOwn(origin, host ?? "");
}

/** A proxy in front may speak TLS, so the scheme is not compared. */
function isOwn(origin: string, host: string): boolean {
  return origin.replace(/^https?:\/\//, "").toLowerCase() === host.toLowerCase();
}
