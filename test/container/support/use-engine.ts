import { after, before } from "node:test";
import { repository } from "./compose.ts";
import { Engine, type EngineNetwork } from "./engine.ts";
import { build, makeImages, pruneImages } from "./images.ts";
import { installPackages } from "./packages.ts";

export interface EngineUse {
  /** `machine`: the tests build images, and their containers have no network. */
  readonly network?: EngineNetwork;
}

/**
 * A test file's engine, with the shipped image built in it. Files take turns, because the engine's cache has a lock. A file
 * registers its set-up with the engine, because node:test starts each top-level `before` before the last one has ended.
 */
export function useEngine({ network = "own" }: EngineUse = {}): Engine {
  const engine = new Engine();
  before(
    async () => {
      await installPackages();
      await engine.start();
      await makeImages(engine);
      await build(engine, "bullmq-forker-shop", repository, "Dockerfile");
      await pruneImages(engine);
      if (network === "own") await engine.moveToOwnNetwork();
      await engine.runStartSteps();
    },
    { timeout: 900_000 },
  );
  after(() => engine.stop());
  return engine;
}
