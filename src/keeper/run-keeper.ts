import type { Logger } from "pino";
import type * as v from "valibot";
import { type InstanceSigns, kernelSigns } from "../admin/instance-socket.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { Channel, ChannelFault, dial } from "../protocol/channel.ts";
import { fromKeeper, type InitToKeeper } from "../protocol/keeper-messages.ts";
import type { KeeperLaunchConfig } from "../protocol/launch-config.ts";
import { Keeper } from "./keeper.ts";

/** init waits ten times as long for the next message. */
const aliveEveryMs = 1_000;

/** Where a keeper connects to init, and how it finds out which instances run on the same host. */
export interface KeeperEdges {
  readonly dial: typeof dial;
  readonly signs: InstanceSigns;
}

const ownEdges: KeeperEdges = { dial, signs: kernelSigns };

type KeeperChannel = Channel<InitToKeeper, v.InferOutput<typeof fromKeeper>>;

/** Runs the keeper, which acts for dead workers and for workers whose event loop is blocked, until its channel to init closes. */
export async function runKeeper(
  launch: KeeperLaunchConfig,
  bull: Bull,
  log: Logger,
  edges: KeeperEdges = ownEdges,
): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<number>();
  const keeper = new Keeper({
    bull,
    target: redisTarget(launch.connection),
    prefix: launch.prefix,
    instanceId: launch.instanceId,
    queueOptions: launch.queueOptions,
    lockDurationMs: launch.settings.lockDurationMs,
    stuckTimeoutMs: launch.settings.stuckTimeoutMs,
    log,
    signs: edges.signs,
    send: (message) => channel.send(message),
  });
  const handlers = {
    message: (message: InitToKeeper) => keeper.receive(message),
    closed: (cause: Error | undefined) => {
      if (cause !== undefined) log.error({ cause: cause.message }, "closed the channel to init: the keeper ends");
      end(cause instanceof ChannelFault ? exitCodes.internal.code : exitCodes.done.code);
    },
  };
  const channel: KeeperChannel = new Channel(await edges.dial(launch.socketName), handlers, undefined, "", fromKeeper);
  process.title = "forker keeper";
  channel.send({ kind: "hello", token: launch.token, pid: process.pid });
  const report = () => channel.send({ kind: "alive" });
  report();
  const telling = setInterval(report, aliveEveryMs);
  const code = await over;
  clearInterval(telling);
  keeper.close();
  return code;
}
