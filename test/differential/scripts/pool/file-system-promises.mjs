import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";

await mkdir("a/b", { recursive: true });
await writeFile("a/b/one", "1");
await appendFile("a/b/one", "2");
await rename("a/b/one", "a/two");
console.log(await readFile("a/two", "utf8"), (await stat("a/two")).size, await readdir("a", { recursive: true }));
const file = await open("a/two");
for await (const line of file.readLines()) console.log(line);
await rm("a", { recursive: true });
await readFile("a/two").catch((error) => console.log(error.message));
