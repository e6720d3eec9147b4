await Promise.resolve();
queueMicrotask(() => process.exit(5));
