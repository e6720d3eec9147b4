import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import mysql from "mysql2/promise";
import { answers, startAs } from "./child.mjs";

/** With a certificate, also over TLS; MYSQL_SOCKET is its unix socket. */
export async function startMariaDb(port, certificate) {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-mariadb-"));
  const id = (flag) => Number(execFileSync("id", [flag, "mysql"], { encoding: "utf8" }));
  chownSync(folder, id("-u"), id("-g"));
  const data = path.join(folder, "data");
  execFileSync(
    "mariadb-install-db",
    [
      "--no-defaults",
      `--datadir=${data}`,
      "--user=mysql",
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    ],
    { stdio: "ignore" },
  );
  // An account without a password may use plain connections and TLS.
  const secure =
    certificate === undefined ? [] : [`--ssl-cert=${certificate.certFile}`, `--ssl-key=${certificate.keyFile}`];
  const stop = startAs("mysql", "mariadbd", [
    "--no-defaults",
    `--datadir=${data}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    `--socket=${folder}/socket`,
    "--innodb-flush-log-at-trx-commit=0",
    ...secure,
  ]);
  const url = `mysql://root@127.0.0.1:${port}/mysql`;
  await answers("MariaDB", async () => {
    const client = await mysql.createConnection(url);
    await client.end();
  });
  const close = async () => {
    await stop();
    rmSync(folder, { recursive: true });
  };
  return { env: { MYSQL_URL: url, MYSQL_SOCKET: `${folder}/socket` }, close };
}
