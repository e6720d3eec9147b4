import { after, before } from "node:test";
import { repository } from "./compose.ts";
import { Engine } from "./engine.ts";
import { build, makeImages, pruneImages } from "./images.ts";
import { installPackages } from "./packages.ts";

/**
 * A test file's engine, with the shipped image built in it. Files take turns: the engine's cache has a lock. What a file
 * sets up is told to the engine, since node:test begins each `before` at a file's top at once, before the last has ended.
 */
export function useEngine(): Engine {
  const engine = new Engine();
  before(
    async () => {
      await installPackages();
      await engine.start();
      await makeImages(engine);
      await build(engine, "bullmq-forker-shop", repository, "Dockerfile");
      await pruneImages(engine);
      await engine.runStartSteps();
    },
    { timeout: 900_000 },
  );
  after(() => engine.stop());
  return engine;
}
