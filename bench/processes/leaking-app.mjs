// The application of bench/isolation-leak.ts: a job that leaks. It writes to the memory, because the kernel allocates a page only
// when it is written to.
const leaked = [];

export default {
  processors: { "*": (job) => void leaked.push(Buffer.alloc(job.data.bytes, 1)) },
};
