import util from "node:util";

console.log(util.inspect(new Map([[{ a: 1 }, new Set([1])]]), { showHidden: true, depth: 5 }));
console.log(
  util.format("%s %i %%", "a", 1.5),
  util.isDeepStrictEqual([1, { a: 2 }], [1, { a: 2 }]),
  util.stripVTControlCharacters("\u001b[1ma"),
);
console.log(
  util.parseArgs({ args: ["-a", "--b=c"], options: { a: { type: "boolean", short: "a" }, b: { type: "string" } } })
    .values,
);
console.log(
  util.types.isProxy(new Proxy({}, {})),
  util.styleText("red", "a", { validateStream: false }),
  `${new util.MIMEType("text/html; a=b")}`,
);
