import type { Logger } from "pino";
import type { Bull } from "../bull/load-bull.ts";
import { redisTarget } from "../bull/redis-target.ts";
import type { KeeperBirth } from "../protocol/birth.ts";
import { Channel, dial } from "../protocol/channel.ts";
import type { InitToKeeper, KeeperMessage } from "../protocol/messages.ts";
import { Keeper } from "./keeper.ts";

/** init waits ten times as long. */
const aliveEveryMs = 1_000;

type Hello = { readonly kind: "hello"; readonly token: string; readonly pid: number };

/** Works for those who cannot: the dead, and those whose event loop is blocked. Ends with its channel to init. */
export async function runKeeper(birth: KeeperBirth, bull: Bull, log: Logger): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const keeper = new Keeper({
    bull,
    target: redisTarget(birth.connection),
    prefix: birth.prefix,
    life: birth.life,
    lockDurationMs: birth.settings.lockDurationMs,
    wedgedAfterMs: birth.settings.wedgedAfterMs,
    log,
    say: (message) => channel.send(message),
  });
  const channel = new Channel<InitToKeeper, KeeperMessage | Hello>(await dial(birth.socketName), {
    message: (message) => keeper.told(message),
    closed: () => end(),
  });
  channel.send({ kind: "hello", token: birth.token, pid: process.pid });
  process.title = "forker keeper";
  const tell = () => channel.send({ kind: "alive" });
  tell();
  const telling = setInterval(tell, aliveEveryMs);
  await over;
  clearInterval(telling);
  keeper.close();
  return 0;
}
