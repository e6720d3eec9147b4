export type { Forker, ForkerDefinition, ForkerJob, Processor, WorkerInfo } from "./app/definition.ts";
export { defineForker } from "./app/definition.ts";
