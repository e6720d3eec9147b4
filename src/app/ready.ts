/** All copies of bullmq-forker in a process share the registry of symbols. */
const key = Symbol.for("bullmq-forker.ready");
const shared = globalThis as { [key]?: () => Promise<void> };

/**
 * Resolves in each worker, before its first job, and at once in a process that forker has not started. What an application does
 * before it awaits this is done once, in the template, and shared by all workers; what follows is done in each worker.
 *
 * @example
 * ```ts
 * const catalogue = await readCatalogue();
 * await ready();
 * await database.connect();
 * ```
 */
export async function ready(): Promise<void> {
  await shared[key]?.();
}

const importedKey = Symbol.for("bullmq-forker.imported");
const imports = globalThis as { [importedKey]?: () => void };

/** Called when an application imports bullmq-forker. */
export function noteImport(): void {
  imports[importedKey]?.();
}

/** Calls `noticed` when the application imports bullmq-forker. */
export function noticeImport(noticed: () => void): void {
  Object.defineProperty(imports, importedKey, { value: noticed, configurable: true });
}

/** Sets what ready() waits for in this process. */
export function makeReadyWaitFor(wait: () => Promise<void>): void {
  Object.defineProperty(shared, key, { value: wait, configurable: true });
}
