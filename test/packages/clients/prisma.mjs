import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "../.generated/prisma/client.ts";
import { application, url } from "./application.mjs";

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });

export default application(
  async (n) => {
    const { id } = await prisma.note.create({ data: { text: String(n) } });
    return Number((await prisma.note.findUniqueOrThrow({ where: { id } })).text);
  },
  async () => await prisma.$disconnect(),
);
