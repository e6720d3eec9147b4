import { mkdir } from "node:fs/promises";
import { pino } from "pino";
import { importProducts } from "./catalog/import-products.mjs";
import { readCatalogue } from "./catalog/read-catalogue.mjs";
import { scalePicture } from "./images/scale-picture.mjs";
import { Ledger } from "./ledger.mjs";
import { createMailer } from "./mail/mailer.mjs";
import { renderReceipt } from "./mail/receipt.mjs";
import { verifyCheckout } from "./payments.mjs";
import { renderPriceListPdf } from "./reports/price-list-pdf.mjs";
import { renderPriceListWorkbook } from "./reports/price-list-workbook.mjs";
import { readSettings } from "./settings.mjs";
import { createStorage } from "./storage.mjs";

/** The back office: the job side of the shop. It opens no connection before `connect`. */
export async function loadShop() {
  const settings = readSettings();
  await mkdir(settings.files, { recursive: true });
  return new Shop(settings);
}

class Shop {
  #settings;
  #storage;
  #mailer;
  #log;
  ledger;

  constructor(settings) {
    this.#settings = settings;
    this.#storage = createStorage(settings);
    this.#mailer = createMailer(settings, this.#storage);
    this.#log = pino({ name: "shop", level: settings.logLevel }, pino.destination({ fd: 1, sync: true }));
    this.ledger = new Ledger(settings);
  }

  async connect() {
    await this.ledger.connect();
  }

  async disconnect() {
    await this.ledger.disconnect();
  }

  /** Does what is slow only the first time, such as reading fonts, so that no fork has to do it. */
  async rehearse() {
    if (!this.#settings.rehearses) return;
    const products = await readCatalogue(this.#settings.suppliers, "tea.csv");
    await renderPriceListPdf("Rehearsal", products.slice(0, 5));
    await renderPriceListWorkbook("Rehearsal", products.slice(0, 5));
  }

  async importProducts({ file, category }) {
    const { sql, ...counts } = await importProducts(this.#settings.suppliers, { file, category });
    if (counts.rejected > 0) this.#log.info({ file, category, ...counts }, "rows were turned down");
    return { ...counts, sqlBytes: Buffer.byteLength(sql) };
  }

  async exportPriceList(id, { format, file, category }) {
    const products = await readCatalogue(this.#settings.suppliers, file);
    const chosen = products.filter((product) => product.category === category);
    const render = format === "pdf" ? renderPriceListPdf : renderPriceListWorkbook;
    const bytes = await render(`${category} price list`, chosen);
    return { rows: chosen.length, file: await this.#storage.store(`price-list-${id}.${format}`, bytes) };
  }

  async mailReceipt(id, { event, signature }, signal) {
    const checkout = verifyCheckout(event, signature, this.#settings.webhookSecret);
    const mail = renderReceipt(checkout);
    await this.#mailer.send(`receipt-${id}`, mail, signal);
    return { to: mail.to, subject: mail.subject, totalCents: checkout.totalCents };
  }

  async makeThumbnail(id, { picture, width }) {
    const { bytes, height } = await scalePicture(this.#settings.pictures, picture, width);
    return { width, height, file: await this.#storage.store(`thumbnail-${id}.png`, bytes) };
  }
}
