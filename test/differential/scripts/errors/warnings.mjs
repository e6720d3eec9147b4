process.emitWarning("take care", { code: "TEST001", detail: "more of it" });
process.emitWarning("old", "DeprecationWarning", "DEP9999");
process.on("warning", (warning) => console.log(warning.name, warning.code));
