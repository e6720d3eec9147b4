// The example application with one more queue, `light`, whose jobs are typical of most applications: each reads a record from
// Redis, checks it, makes a mail from it, and writes the result back.

import { createRequire } from "node:module";
import process from "node:process";
import shop from "../../examples/shop/workers.mjs";

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
let redis;

export default {
  ...shop,

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
