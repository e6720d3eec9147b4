import { Container } from "./container.ts";
import type { Engine } from "./engine.ts";

/** The restrictions of the shipped compose file, for a container that is run by hand. */
export const hardened = "--read-only --tmpfs /tmp:size=64m --cap-drop ALL --security-opt no-new-privileges".split(" ");

/** `docker run --detach`. The caller must remove the container. */
export async function runContainer(
  engine: Engine,
  name: string,
  options: readonly string[],
  command: readonly string[] = [],
  image = "bullmq-forker-shop",
): Promise<Container> {
  await engine.docker(["run", "--detach", "--name", name, ...options, image, ...command]);
  return new Container(engine, name);
}

export async function removeContainer(engine: Engine, name: string): Promise<void> {
  await engine.docker(["rm", "--force", "--volumes", name], { accept: [0, 1] });
}
