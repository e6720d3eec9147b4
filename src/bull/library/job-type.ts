// BullMQ's types, for the published types. The build marks this line, because bullmq is an optional peer: where it is not
// installed, each of them is `any` instead of an error in each project that checks its libraries.
export type { Job, WorkerListener, WorkerOptions } from "bullmq";
