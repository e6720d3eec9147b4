import { createWriteStream } from "node:fs";

export default async ({ file }) => createWriteStream(file, { flags: "a" });
