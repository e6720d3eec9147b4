import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "../../.generated/prisma/client.ts";

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.PG_URL }) });
await prisma.note.count();

export default {
  processors: {
    "*": async (job) => {
      const { id } = await prisma.note.create({ data: { text: String(job.data.n) } });
      return Number((await prisma.note.findUniqueOrThrow({ where: { id } })).text);
    },
  },
};
