await import("./no-such-file.mjs");
