// BullMQ's Job, for the published types. The build marks this line, because bullmq is an optional peer: where it is not
// installed, Job is `any` instead of an error in each project that checks its libraries.
export type { Job } from "bullmq";
