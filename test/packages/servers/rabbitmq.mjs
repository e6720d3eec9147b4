import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import amqp from "amqplib";
import { answers, startTree } from "./child.mjs";

export async function startRabbitMq(port, distributionPort) {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-rabbitmq-"));
  const id = (flag) => Number(execFileSync("id", [flag, "rabbitmq"], { encoding: "utf8" }));
  const configuration = path.join(folder, "rabbitmq.conf");
  writeFileSync(configuration, `listeners.tcp.1 = 127.0.0.1:${port}\nloopback_users = none\n`);
  chownSync(folder, id("-u"), id("-g"));
  const environment = {
    HOME: folder,
    RABBITMQ_NODENAME: `forker-${port}@localhost`,
    RABBITMQ_DIST_PORT: distributionPort,
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_PID_FILE: path.join(folder, "pid"),
    RABBITMQ_CONFIG_FILE: configuration,
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, "plugins"),
    ERL_EPMD_PORT: String(Number(distributionPort) + 1),
  };
  const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const stop = startTree("rabbitmq", "env", [...words, "/usr/lib/rabbitmq/bin/rabbitmq-server"]);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  await answers("RabbitMQ", async () => await (await amqp.connect(url)).close(), 120_000);
  const close = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { env: { AMQP_TCP: url }, close };
}
