import path from "node:path";
import lodash from "lodash";
import { toProduct } from "./product.mjs";
import { upsertProducts } from "./product-table.mjs";
import { readRows } from "./read-rows.mjs";

const rowsPerStatement = 200;

/** Imports one category of a supplier's list into the catalogue, and returns what was rejected. */
export async function importProducts(suppliers, { file, category }) {
  const rows = (await readRows(path.join(suppliers, file))).filter((row) => row.category === category);
  const products = rows.map(toProduct).filter((product) => product !== undefined);
  const statements = lodash.chunk(products, rowsPerStatement).map(upsertProducts);
  return {
    imported: products.length,
    rejected: rows.length - products.length,
    stockCents: lodash.sumBy(products, ({ priceCents, stock }) => priceCents * stock),
    sql: statements.join(";\n"),
  };
}
