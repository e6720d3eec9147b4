import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { answers, startAs } from "./child.mjs";

const versions = "/usr/lib/postgresql";

/** A private PostgreSQL server with the tables that the applications use. With a certificate, also over TLS. */
export async function startPostgres(port, certificate) {
  const programs = path.join(versions, readdirSync(versions).at(-1), "bin");
  const folder = mkdtempSync(path.join(tmpdir(), "forker-postgres-"));
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  chownSync(folder, id("-u"), id("-g"));
  const data = path.join(folder, "data");
  execFileSync(
    "runuser",
    ["-u", "postgres", "--", path.join(programs, "initdb"), "-D", data, "-A", "trust", "-U", "forker", "--no-sync"],
    { cwd: folder },
  );
  const setting = (name, value) => ["-c", `${name}=${value}`];
  const secure =
    certificate === undefined
      ? []
      : [
          ...setting("ssl", "on"),
          ...setting("ssl_cert_file", certificate.certFile),
          ...setting("ssl_key_file", certificate.keyFile),
        ];
  const stop = startAs("postgres", path.join(programs, "postgres"), [
    "-D",
    data,
    "-p",
    port,
    "-k",
    folder,
    "-c",
    "fsync=off",
    "-h",
    "127.0.0.1",
    ...secure,
  ]);
  const url = `postgresql://forker@127.0.0.1:${port}/postgres`;
  await answers("PostgreSQL", async () => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query('create table "Note" (id serial primary key, text text not null)');
    await client.end();
  });
  const close = async () => {
    await stop();
    rmSync(folder, { recursive: true });
  };
  return { env: { PG_URL: url, PG_FOLDER: folder }, close };
}
