import { domainToASCII, fileURLToPath, pathToFileURL } from "node:url";

const url = new URL("https://user:pw@example.org:8080/a/../b?c=1&d=2#e");
url.searchParams.append("f", "ü");
console.log(
  url.href,
  fileURLToPath("file:///a%20b"),
  pathToFileURL("/a b").href,
  domainToASCII("español.com"),
  URL.canParse("x"),
);
