import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Ajv } from "ajv";
import Draft4 from "ajv-draft-04";

const { resolve } = createRequire(import.meta.url);

/** What is wrong with a document, by a schema of schemastore.org. */
export function schemaProblems(schemaName: string, document: unknown): string[] {
  return problemsBy(resolve(`schemastore/schemas/json/${schemaName}`), document);
}

/** What is wrong with a compose file, by the schema of the Compose Specification, as dclint has it. */
export function composeProblems(document: unknown): string[] {
  const folder = path.dirname(resolve("dclint/package.json"));
  return problemsBy(path.join(folder, "schemas/compose.schema.json"), document);
}

function problemsBy(file: string, document: unknown): string[] {
  const { $schema, ...schema } = JSON.parse(readFileSync(file, "utf8")) as { $schema: string };
  const options = { strict: false, allErrors: true, validateFormats: false };
  const ajv = $schema.includes("draft-04") ? new Draft4.default(options) : new Ajv(options);
  const validate = ajv.compile(schema);
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}
