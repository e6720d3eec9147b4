// The servers of clients.test.ts, each over every transport that it has. An environment variable such as PG_TLS says where.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTlsFront, startUnixFront } from "./fronts.mjs";
import { startGrpc, startSecureGrpc } from "./grpc.mjs";
import { startHttp, startHttp2 } from "./http.mjs";
import { startKafka } from "./kafka.mjs";
import { startMariaDb } from "./mariadb.mjs";
import { startMongo } from "./mongo.mjs";
import { startPostgres } from "./postgres.mjs";
import { startRabbitMq } from "./rabbitmq.mjs";
import { startSmtp } from "./smtp.mjs";
import { startStatsd } from "./statsd.mjs";

const host = "127.0.0.1";

export const hasRabbitMq = () => existsSync("/usr/lib/rabbitmq/bin/rabbitmq-server");

/** Copies that the server's user may read, and nobody else: PostgreSQL refuses other keys. */
function ownedBy(user, { certificateFile, keyFile }, folder) {
  const id = (flag) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  const copies = { certFile: path.join(folder, `${user}.pem`), keyFile: path.join(folder, `${user}.key`) };
  for (const [from, to] of [
    [certificateFile, copies.certFile],
    [keyFile, copies.keyFile],
  ]) {
    copyFileSync(from, to);
    chownSync(to, id("-u"), id("-g"));
    chmodSync(to, 0o600);
  }
  return copies;
}

/** `redis`: an url. `files`: a certificate and its key. */
export async function startTransports({ freePort, redis, files }) {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-transports-"));
  chmodSync(folder, 0o755);
  const certificate = { cert: readFileSync(files.certificateFile), key: readFileSync(files.keyFile) };
  const servers = [];
  const env = {};
  const add = async (starting) => {
    const server = await starting;
    servers.push(server);
    return server.env;
  };
  /** A server that listens on a port alone gets the other transports from fronts. */
  const front = async (port, name, { tls, unix }) => {
    if (tls !== undefined) {
      const secure = await freePort();
      await add(startTlsFront(secure, port, certificate));
      env[`${name}_TLS`] = tls(secure);
    }
    if (unix === undefined) return;
    const file = path.join(folder, `${name.toLowerCase()}.sock`);
    await add(startUnixFront(file, port));
    env[`${name}_UNIX`] = unix(file);
  };
  const asIs = (file) => file;

  env.REDIS_TCP = redis;
  await front(Number(new URL(redis).port), "REDIS", { tls: (port) => `rediss://${host}:${port}`, unix: asIs });

  const database = await freePort();
  const { PG_URL, PG_FOLDER } = await add(startPostgres(database, ownedBy("postgres", files, folder)));
  env.PG_TCP = PG_URL;
  env.PG_TLS = `${PG_URL}?sslmode=verify-full&sslrootcert=${files.caFile}`;
  env.PG_UNIX = `postgresql://forker@/postgres?host=${PG_FOLDER}&port=${database}`;

  const { MYSQL_URL, MYSQL_SOCKET } = await add(startMariaDb(await freePort(), ownedBy("mysql", files, folder)));
  Object.assign(env, { MYSQL_TCP: MYSQL_URL, MYSQL_TLS: MYSQL_URL, MYSQL_UNIX: MYSQL_SOCKET });

  const mongo = await freePort();
  env.MONGO_TCP = (await add(startMongo(mongo))).MONGO_URL;
  await front(mongo, "MONGO", {
    tls: (port) => `mongodb://${host}:${port}/forker?tls=true`,
    unix: (file) => `mongodb://${encodeURIComponent(file)}/forker`,
  });

  const web = await freePort();
  env.HTTP_TCP = (await add(startHttp(web))).HTTP_URL;
  await front(web, "HTTP", { tls: (port) => `https://${host}:${port}`, unix: asIs });

  const [plain, secure, file] = [await freePort(), await freePort(), path.join(folder, "http2.sock")];
  await add(startHttp2({ port: plain, host }));
  await add(startHttp2({ port: secure, host }, certificate));
  await add(startHttp2({ path: file }));
  Object.assign(env, {
    HTTP2_TCP: `http://${host}:${plain}`,
    HTTP2_TLS: `https://${host}:${secure}`,
    HTTP2_UNIX: file,
  });

  env.GRPC_TCP = (await add(startGrpc(await freePort()))).GRPC_ADDRESS;
  env.GRPC_TLS = (await add(startSecureGrpc(await freePort(), certificate))).GRPC_ADDRESS;
  env.GRPC_UNIX = (await add(startGrpc(0, `unix:${path.join(folder, "grpc.sock")}`))).GRPC_ADDRESS;

  const mail = await freePort();
  env.SMTP_TCP = (await add(startSmtp(mail))).SMTP_URL;
  await front(mail, "SMTP", { tls: (port) => `smtps://${host}:${port}` });

  const [broker, advertised] = [await freePort(), await freePort()];
  env.KAFKA_TCP = (await add(startKafka(broker))).KAFKA_TCP;
  // A client of Kafka connects to the address that the broker names.
  const behind = await freePort();
  await add(startKafka(behind, advertised));
  await add(startTlsFront(advertised, behind, certificate));
  env.KAFKA_TLS = `${host}:${advertised}`;

  if (hasRabbitMq()) {
    const rabbit = await freePort();
    env.AMQP_TCP = (await add(startRabbitMq(rabbit, await freePort()))).AMQP_TCP;
    await front(rabbit, "AMQP", { tls: (port) => `amqps://guest:guest@${host}:${port}` });
  }

  env.STATSD_UDP = (await add(startStatsd(await freePort()))).STATSD_UDP;

  return {
    env,
    close: async () => {
      for (const { close } of servers) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
