import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

const suppliers = path.join(import.meta.dirname, "../data/suppliers");

/** How many jobs each queue gets in all. */
export const amounts = { import: 60, export: 48, mail: 48, thumbnails: 36 };

export const queueNames = Object.keys(amounts);

/** The nth job of a queue: its data, and the known part of its result. */
export function makeJob(queue, n, webhookSecret) {
  return makers[queue](n, webhookSecret);
}

const makers = {
  import(n) {
    const [file, categories] = n % 2 === 0 ? ["tea.xlsx", teaCategories] : ["ceramics.csv", ceramicsCategories];
    const category = categories[n % categories.length];
    const { sellable, all } = rowsOf(file.replace(".xlsx", ".csv"), category);
    return { data: { file, category }, expected: { imported: sellable, rejected: all - sellable } };
  },

  export(n) {
    const format = n % 2 === 0 ? "pdf" : "xlsx";
    const category = teaCategories[n % teaCategories.length];
    return { data: { format, file: "tea.csv", category }, expected: { rows: rowsOf("tea.csv", category).sellable } };
  },

  mail(n, webhookSecret) {
    const order = `T-${1000 + n}`;
    const email = `customer-${n}@shop.example`;
    const lines = [
      { name: "Celadon Teapot", quantity: 1, unitCents: 4900 },
      { name: "Jade Sencha, 100 g", quantity: (n % 4) + 1, unitCents: 1250 },
    ];
    const totalCents = 4900 + ((n % 4) + 1) * 1250;
    return { data: checkout(order, email, lines, webhookSecret), expected: { to: email, totalCents } };
  },

  thumbnails(n) {
    const [picture, ratio] = pictures[n % pictures.length];
    const width = 64 + (n % 3) * 48;
    return { data: { picture, width }, expected: { width, height: Math.round(width * ratio) } };
  },
};

const teaCategories = ["green", "black", "oolong", "white", "herbal"];
const ceramicsCategories = ["teapots", "bowls", "plates", "vases", "cups", "jars"];
const pictures = [
  ["teapot.jpg", 360 / 480],
  ["bowl.jpg", 320 / 480],
  ["vase.png", 320 / 240],
];

/** The rows of a file, counted without the application's code. */
function rowsOf(file, category) {
  const lines = readFileSync(path.join(suppliers, file), "utf8").trim().split("\n").slice(1);
  const rows = lines.map((line) => line.split(",")).filter((row) => row[2] === category);
  const isSellable = ([, name, , price, stock]) => name !== "" && !Number.isNaN(Number(price)) && /^\d+$/.test(stock);
  return { all: rows.length, sellable: rows.filter(isSellable).length };
}

/** A webhook as the payment provider would send and sign it. */
function checkout(id, email, lines, secret) {
  const created = Math.floor(Date.now() / 1000);
  const customer_details = { name: "Ada Byrne", email, phone: "+35316771234", country: "IE" };
  const event = JSON.stringify({
    id: `evt_${id}`,
    object: "event",
    type: "checkout.session.completed",
    created,
    data: { object: { id, currency: "eur", customer_details, lines } },
  });
  const digest = createHmac("sha256", secret).update(`${created}.${event}`).digest("hex");
  return { event, signature: `t=${created},v1=${digest}` };
}
