/** forker's own BullMQ and ioredis. */
export interface OwnCopy {
  readonly bullmq: object;
  readonly ioredis: object;
}

/**
 * In the bundle, build.mjs puts the source of both packages in place of this module, as a string that is compiled at the first call. Otherwise Node would parse them,
 * which are half of the bundle, at each start of init and of a template. Neither process needs them.
 */
export async function ownCopy(): Promise<OwnCopy> {
  return { bullmq: await import("bullmq"), ioredis: await import("ioredis") };
}
