import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const application = `import { defineForker } from "bullmq-forker";
export default defineForker({ processors: { "*": async (job) => job.data } });
`;

const manifest = {
  name: "user-app",
  private: true,
  type: "module",
  dependencies: { "bullmq-forker": "file:bullmq-forker.tgz" },
};

/** A user's small application, with the first Dockerfile in the document. */
export function makeUserContext(document: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-user-"));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write("Dockerfile", dockerfileIn(document));
  write("package.json", JSON.stringify(manifest));
  write("workers.mjs", application);
  return folder;
}

/** The package is a file here instead of in a registry, so npm needs it next to the manifest. */
function dockerfileIn(document: string): string {
  const block = /```dockerfile\n(FROM [^]*?\n)```/.exec(document)?.[1];
  if (block === undefined) throw new Error("the document contains no Dockerfile");
  const copied = "COPY package.json package-lock.json";
  if (!block.includes(copied)) throw new Error(`the document's Dockerfile does not contain ${copied}`);
  return block.replace(copied, `${copied} bullmq-forker.tgz`);
}
