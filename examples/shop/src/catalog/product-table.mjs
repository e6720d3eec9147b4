import knex from "knex";

/** Only builds statements; it does not open a connection. */
const database = knex({ client: "pg" });

export function upsertProducts(products) {
  const rows = products.map(({ sku, name, slug, category, origin, priceCents, stock }) => {
    return { sku, name, slug, category, origin, price_cents: priceCents, stock };
  });
  return database("products").insert(rows).onConflict("sku").merge(["name", "slug", "price_cents", "stock"]).toQuery();
}
