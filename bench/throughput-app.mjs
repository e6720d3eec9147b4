// The processor of both sides of bench/throughput.ts: does nothing, or returns the delay of a job that carries a time.
export function perform(job) {
  const { sentAt } = job.data;
  return sentAt === undefined ? undefined : Number(process.hrtime.bigint() - BigInt(sentAt)) / 1e6;
}

export default { processors: { "*": perform } };
