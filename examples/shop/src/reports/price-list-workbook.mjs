import ExcelJS from "exceljs";

export async function renderPriceListWorkbook(title, products) {
  const workbook = new ExcelJS.Workbook();
  const sheet = workbook.addWorksheet(title);
  sheet.columns = [
    { header: "Number", key: "sku", width: 12 },
    { header: "Name", key: "name", width: 40 },
    { header: "Origin", key: "origin", width: 18 },
    { header: "Price", key: "price", width: 12, style: { numFmt: "#,##0.00 €" } },
    { header: "Stock", key: "stock", width: 8 },
  ];
  sheet.getRow(1).font = { bold: true };
  sheet.addRows(products.map((product) => ({ ...product, price: product.priceCents / 100 })));
  return Buffer.from(await workbook.xlsx.writeBuffer());
}
