import os from "node:os";
import path from "node:path";
import { z } from "zod";

const environment = z.object({
  SHOP_FILES: z.string().default(path.join(os.tmpdir(), "shop-files")),
  /** The bucket for finished files. Unset: they go to SHOP_FILES. */
  SHOP_BUCKET: z.string().optional(),
  /** `outbox` writes the mails to SHOP_FILES. */
  SHOP_MAIL: z.enum(["outbox", "ses"]).default("outbox"),
  SHOP_WEBHOOK_SECRET: z.string().default("whsec_for_development"),
  REDIS_URL: z.string().default("redis://127.0.0.1:6379"),
  /** Off: the shop is ready sooner, but the first job of each worker is slower. */
  SHOP_REHEARSAL: z.enum(["on", "off"]).default("on"),
  SHOP_LOG_LEVEL: z.string().default("warn"),
  /** The prefix of each key of the ledger. */
  SHOP_PREFIX: z.string().default("shop"),
});

export function readSettings() {
  const given = environment.parse(process.env);
  return {
    files: given.SHOP_FILES,
    bucket: given.SHOP_BUCKET,
    mail: given.SHOP_MAIL,
    webhookSecret: given.SHOP_WEBHOOK_SECRET,
    redisUrl: given.REDIS_URL,
    rehearses: given.SHOP_REHEARSAL === "on",
    logLevel: given.SHOP_LOG_LEVEL,
    prefix: given.SHOP_PREFIX,
    suppliers: path.join(import.meta.dirname, "../data/suppliers"),
    pictures: path.join(import.meta.dirname, "../data/pictures"),
  };
}
