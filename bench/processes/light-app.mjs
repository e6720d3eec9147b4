// The example application with one more queue, `light`, whose jobs are typical of most applications: each reads a record from
// Redis, checks it, makes a mail from it, and writes the result back. LIGHT_REHEARSALS: how many jobs of each kind the template
// runs before it forks.

import { createRequire } from "node:module";
import process from "node:process";
import { makeJob } from "../../examples/shop/demo/jobs.mjs";
import shop from "../../examples/shop/workers.mjs";
import { lightData } from "./light-data.mjs";

const require = createRequire(new URL("../../examples/shop/workers.mjs", import.meta.url));
const Handlebars = require("handlebars");
const { Redis } = require("ioredis");
const { z } = require("zod");

const order = z.object({
  id: z.string(),
  customer: z.object({ name: z.string(), email: z.email() }),
  lines: z.array(z.object({ name: z.string(), quantity: z.int(), unitCents: z.int() })),
});
const mail = Handlebars.compile(
  "<p>Thank you, {{customer.name}}.</p><ul>{{#each lines}}<li>{{quantity}} × {{name}}: {{cents}}</li>{{/each}}</ul>",
);
const rehearsed = ["import", "export", "mail"];
/** Has nothing, and keeps nothing. */
const emptyRedis = { get: async () => null, set: async () => "OK" };
let redis = emptyRedis;

export default {
  ...shop,

  async warmup() {
    await shop.warmup();
    for (let n = 0; n < Number(process.env.LIGHT_REHEARSALS ?? 0); n++) {
      await this.processors.light({ data: lightData(n) });
      for (const kind of rehearsed) {
        const { data } = makeJob(kind, n, process.env.SHOP_WEBHOOK_SECRET);
        await shop.processors[kind]({ id: `rehearsal-${n}`, data }, "", new AbortController().signal);
      }
    }
  },

  async afterFork(worker) {
    await shop.afterFork(worker);
    redis = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
  },

  async teardown() {
    redis?.disconnect();
    await shop.teardown();
  },

  processors: {
    ...shop.processors,
    light: async (job) => {
      const key = `light:${job.data.customer}`;
      const known = JSON.parse((await redis.get(key)) ?? "{}");
      const { id, customer, lines } = order.parse({ ...known, ...job.data.order });
      const html = mail({ customer, lines: lines.map((line) => ({ ...line, cents: line.quantity * line.unitCents })) });
      await redis.set(key, JSON.stringify({ id, customer, lines, html }));
      return { id, bytes: html.length };
    },
  },
};
