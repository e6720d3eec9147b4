import path from "node:path";
import { toProduct } from "./product.mjs";
import { readRows } from "./read-rows.mjs";

/** The products of a supplier's list that can be sold. */
export async function readCatalogue(suppliers, file) {
  const rows = await readRows(path.join(suppliers, file));
  return rows.map(toProduct).filter((product) => product !== undefined);
}
