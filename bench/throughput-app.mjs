// The processor of both sides of bench/throughput.ts: nothing, but for how long the job was on its way when it carries a time.
export function perform(job) {
  const { sentAt } = job.data;
  return sentAt === undefined ? undefined : Number(process.hrtime.bigint() - BigInt(sentAt)) / 1e6;
}

export default { processors: { "*": perform } };
