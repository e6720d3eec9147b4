import { PDFDocument } from "pdfkit";
import { formatPrice } from "../format-price.mjs";

const columns = [
  { title: "Number", x: 50, text: (product) => product.sku },
  { title: "Name", x: 130, text: (product) => product.name },
  { title: "Origin", x: 360, text: (product) => product.origin },
  { title: "Price", x: 480, text: (product) => formatPrice(product.priceCents) },
];
const lineHeight = 14;
const lastLine = 770;

export async function renderPriceListPdf(title, products) {
  const document = new PDFDocument({ size: "A4", info: { Title: title } });
  const parts = [];
  document.on("data", (part) => parts.push(part));
  const finished = new Promise((resolve, reject) => document.once("end", resolve).once("error", reject));

  document.font("Helvetica-Bold").fontSize(18).text(title, 50, 50);
  let y = writeHeadings(document, 90);
  for (const product of products) {
    if (y > lastLine) {
      document.addPage();
      y = writeHeadings(document, 50);
    }
    writeLine(document, y, (column) => column.text(product));
    y += lineHeight;
  }
  document.end();
  await finished;
  return Buffer.concat(parts);
}

function writeHeadings(document, y) {
  document.font("Helvetica-Bold").fontSize(10);
  writeLine(document, y, (column) => column.title);
  document.font("Helvetica");
  return y + lineHeight * 1.5;
}

function writeLine(document, y, textOf) {
  for (const column of columns) document.text(textOf(column), column.x, y, { lineBreak: false });
}
