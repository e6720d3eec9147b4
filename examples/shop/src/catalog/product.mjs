import lodash from "lodash";
import { z } from "zod";

const decimal = z.string().regex(/^\d{1,6}(\.\d{1,2})?$/, "expected a price such as 12.50");

/** A supplier's row, as strings, and the shop's product. */
const supplierRow = z
  .object({
    sku: z.string().regex(/^[A-Z]{2}-\d{5}$/, "expected a number such as TE-00042"),
    name: z.string().trim().min(1),
    category: z.string().trim().min(1),
    price: decimal,
    stock: z.string().regex(/^\d+$/, "expected a whole number").transform(Number),
    origin: z.string().trim(),
  })
  .transform(({ price, ...row }) => ({
    ...row,
    slug: lodash.kebabCase(lodash.deburr(row.name)),
    priceCents: Math.round(Number(price) * 100),
  }));

/** undefined for a row that cannot be sold. */
export function toProduct(row) {
  const result = supplierRow.safeParse(row);
  return result.success ? result.data : undefined;
}
