import { execFileSync } from "node:child_process";
import path from "node:path";

export interface Certificates {
  readonly caFile: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** A private certificate authority, and a certificate that it issued for localhost and 127.0.0.1. */
export function makeCertificates(folder: string): Certificates {
  const file = (name: string) => path.join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"];
  const names = ["-subj", "/CN=redis", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  openssl("req", "-x509", ...key, "-keyout", "server.key", "-out", "server.pem", "-days", "2", ...names, ...signed);
  return { caFile: file("ca.pem"), keyFile: file("server.key"), certificateFile: file("server.pem") };
}
