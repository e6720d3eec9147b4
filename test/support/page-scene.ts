import { Forker } from "./forker.ts";
import { freePort } from "./redis.ts";

export const sceneToken = "0123456789abcdef-of-this-test";

export interface Scene extends AsyncDisposable {
  readonly forker: Forker;
  readonly url: string;
}

/** A forker with the page. */
export async function startScene(env: Readonly<Record<string, string | undefined>> = {}): Promise<Scene> {
  const port = await freePort();
  const forker = await Forker.start({
    workload: "import; import,export x2; mail @4; *; thumbnails x1..4",
    env: { FORKER_HTTP: `127.0.0.1:${port}`, FORKER_HTTP_TOKEN: sceneToken, FORKER_LOG_LEVEL: "info", ...env },
  });
  await forker.ready();
  return {
    forker,
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => await forker[Symbol.asyncDispose](),
  };
}

/** Most workers hold a job, demand has added workers of a range, a worker has died, and the application has been reloaded or is about to be. */
export async function fillScene({ forker }: Scene): Promise<void> {
  const jobs = [
    ["import", "orders-2026-11-28.csv"],
    ["import", "stock-berlin.csv"],
    ["export", "invoices-november"],
    ["mail", "welcome-8841"],
    ["thumbnails", "poster-2026.png"],
    ["thumbnails", "catalogue-p-114.png"],
  ] as const;
  for (const [queue, jobId] of jobs) await forker.add("held", { jobId }, queue);
  for (const [, id] of jobs) await forker.began(id);
  const victim = (await forker.status()).slots[3]?.workers[0];
  forker.pid1.signalInner(victim?.pid ?? 0, "SIGKILL");
  await forker.began("welcome-8841", 2);
}

/** Runs jobs at a rate that rises and falls, some of which fail, for this many seconds. */
export async function runTraffic({ forker }: Scene, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const jobs = Math.round(14 + 9 * Math.sin(second / 5) + 4 * Math.sin(second * 1.7));
    const nameOf = (at: number) => (at === 3 && second % 3 === 0 ? "fails" : "quick");
    const list = Array.from({ length: jobs }, (_, at) => ({ name: nameOf(at), data: {} }));
    await forker.queue("thumbnails").addBulk(list);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
