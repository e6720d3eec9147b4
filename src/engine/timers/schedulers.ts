import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Frame } from "../safety/frames.ts";

/**
 * Schedulers plan by the clock, and each run plans the next one. If their timers waited in the template as others do, a worker
 * that is forked an hour later would begin with the run that was due an hour ago: cron would run it at a wrong time,
 * node-schedule would run everything that it has missed, and node-cron would report each missed run. So their timers fire in the
 * template, where the scheduler skips the job and plans the next run. A worker then has a plan as a process that has just started.
 *
 * How a job is skipped depends on the package. A version that has none of the names below is not skipped, and its timers wait.
 */
export interface Scheduler {
  /** Whether this scheduler created a timer, given the callers of setTimeout, nearest first. */
  readonly planned: (callers: readonly Frame[]) => boolean;
  /** Call it in a worker: runs the jobs again. */
  readonly resume: () => void;
}

type Exports = Record<string, unknown>;
type Undo = () => void;

const skips: Readonly<Record<string, (exports: Exports) => (Undo | undefined)[]>> = {
  cron: ({ CronJob }) => [replace(prototypeOf(CronJob), "fireOnTick", async () => undefined)],
  croner: ({ Cron }) => [
    replace(prototypeOf(Cron), "_checkTrigger", function plan(this: { schedule(): void }) {
      this.schedule();
    }),
  ],
  "node-cron": ({ getTasks }) =>
    tasksOf(getTasks).flatMap(({ runner }) => [
      replace(runner, "beforeRun", () => false),
      replace(runner, "onMissedExecution", () => undefined),
    ]),
  "node-schedule": ({ Job }) => [replace(prototypeOf(Job), "invoke", () => undefined)],
};

/** A package's folder and its name. */
const inScheduler = new RegExp(`^(.*/node_modules/(${Object.keys(skips).join("|")})/)`);
/** node-schedule sets its timers through this package. */
const helper = /\/node_modules\/long-timeout\//;
/** What import() gives of node-cron 4, in two layouts. Its timers come from another file. */
const entries: Readonly<Record<string, readonly string[]>> = {
  "node-cron": ["dist/node-cron.js", "dist/esm/node-cron.js"],
};

/** Finds the schedulers that have set timers, by the callers of setTimeout, and makes them skip their jobs. */
export async function skipRuns(callers: readonly (readonly Frame[])[]): Promise<Scheduler[]> {
  const files = callers.flatMap((frames) => plannerOf(frames) ?? []);
  const folders = new Map(files.map(({ folder, name }) => [folder, name]));
  const found: Scheduler[] = [];
  for (const [folder, name] of folders) {
    const paths = files.filter((one) => one.folder === folder).map(({ file }) => file);
    const skip = (exports: Exports) => (skips[name]?.(exports) ?? []).filter((undo) => undo !== undefined);
    // A package may be loaded in both ways, and is then two schedulers.
    const ofRequired = required(folder).flatMap(skip);
    const ofImported = (await imported(paths, folder, entries[name] ?? [])).flatMap(skip);
    if (ofRequired.length > 0) found.push(schedulerOf(folder, isRequired, ofRequired));
    if (ofImported.length > 0) found.push(schedulerOf(folder, (file) => !isRequired(file), ofImported));
  }
  return found;
}

function schedulerOf(folder: string, holds: (file: string) => boolean, undos: readonly Undo[]): Scheduler {
  return {
    planned: (callers) => {
      const planner = plannerOf(callers);
      return planner?.folder === folder && holds(planner.file);
    },
    resume: () => {
      // Backwards: a package exports the same class from several files.
      for (const undo of undos.toReversed()) undo();
    },
  };
}

function plannerOf(callers: readonly Frame[]): { file: string; folder: string; name: string } | undefined {
  const caller = callers.find(({ file }) => !helper.test(file));
  const [, folder, name] = inScheduler.exec(caller?.file ?? "") ?? [];
  if (caller === undefined || folder === undefined || name === undefined) return undefined;
  return { file: caller.file, folder, name };
}

const { cache } = createRequire(import.meta.url);

function isRequired(file: string): boolean {
  return cache[file] !== undefined;
}

function required(folder: string): Exports[] {
  const modules = Object.entries(cache).filter(([file]) => file.startsWith(folder));
  return modules.map(([, module]) => (module?.exports ?? {}) as Exports);
}

/** The files are loaded already: the import of a loaded file gives the same module. */
async function imported(files: readonly string[], folder: string, others: readonly string[]): Promise<Exports[]> {
  const modules = [...new Set(files)].filter((file) => !isRequired(file));
  if (modules.length > 0) modules.push(...others.map((file) => folder + file));
  const imports = modules.map(async (file) => (await import(pathToFileURL(file).href)) as Exports);
  return (await Promise.allSettled(imports)).flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/** Returns undefined if there is no such method. */
function replace(owner: object | undefined, name: string, method: (...args: never[]) => unknown): Undo | undefined {
  if (owner === undefined || typeof (owner as Exports)[name] !== "function") return undefined;
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value: method, writable: true, configurable: true, enumerable: false });
  return () => {
    if (descriptor === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, descriptor);
  };
}

function prototypeOf(constructor: unknown): object | undefined {
  return typeof constructor === "function" ? (constructor.prototype as object) : undefined;
}

function tasksOf(getTasks: unknown): { runner?: object }[] {
  if (typeof getTasks !== "function") return [];
  const tasks = (getTasks as () => unknown)();
  return tasks instanceof Map ? ([...tasks.values()] as { runner?: object }[]) : [];
}
