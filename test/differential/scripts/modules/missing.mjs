await import("no-such-package").catch((error) => console.log(error.code, error.message));
await import("./no-such-file.mjs").catch((error) => console.log(error.code));
await import("node:no_such_builtin").catch((error) => console.log(error.code, error.message));
