export type { Forker, ForkerDefinition, ForkerJob, LeavingProcess, Processor, WorkerInfo } from "./app/definition.ts";
export { defineForker } from "./app/definition.ts";
