import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "csv-parse/sync";
import ExcelJS from "exceljs";

/** A supplier's price list, CSV or XLSX, as one object of strings for each row. */
export async function readRows(file) {
  const bytes = await readFile(file);
  return path.extname(file) === ".xlsx" ? await rowsOfWorkbook(bytes) : parse(bytes, { columns: true, bom: true });
}

async function rowsOfWorkbook(bytes) {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load(bytes);
  const rows = [];
  let columns = [];
  workbook.worksheets[0].eachRow((row, number) => {
    const cells = row.values.slice(1).map((value) => String(value ?? ""));
    if (number === 1) columns = cells;
    else rows.push(Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""])));
  });
  return rows;
}
