console.log(
  import.meta.filename === process.argv[1],
  import.meta.dirname.endsWith("modules"),
  import.meta.resolve("node:fs"),
);
