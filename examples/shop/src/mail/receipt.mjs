import { readFileSync } from "node:fs";
import path from "node:path";
import Handlebars from "handlebars";
import juice from "juice";
import { parsePhoneNumber } from "libphonenumber-js/max";
import { DateTime } from "luxon";
import { formatPrice } from "../format-price.mjs";

const text = readFileSync(path.join(import.meta.dirname, "receipt.hbs"), "utf8");
const template = Handlebars.compile(text, { strict: true });

/** The mail that a customer gets after the payment. Mail programs require inline styles. */
export function renderReceipt({ order, paidAt, currency, customer, lines, totalCents }) {
  const html = template({
    order,
    name: customer.name,
    phone: parsePhoneNumber(customer.phone, customer.country).formatInternational(),
    date: DateTime.fromSeconds(paidAt, { zone: "utc" }).toLocaleString(DateTime.DATE_FULL, { locale: "en-IE" }),
    total: formatPrice(totalCents, currency),
    lines: lines.map((line) => ({ ...line, price: formatPrice(line.unitCents * line.quantity, currency) })),
  });
  return { to: customer.email, subject: `Your order ${order}`, html: juice(html) };
}
