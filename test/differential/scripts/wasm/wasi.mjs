import { WASI } from "node:wasi";

const wasi = new WASI({ version: "preview1", args: ["a"], env: {} });
console.log(Object.keys(wasi.getImportObject()), Object.keys(wasi.wasiImport).length);
