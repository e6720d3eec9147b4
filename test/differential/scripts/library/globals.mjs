// Packages that the template loaded add names with two underscores.
console.log(
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => name !== "hotOfTheHost" && !name.startsWith("__"))
    .sort()
    .join(),
);
console.log(
  navigator.hardwareConcurrency,
  navigator.language,
  typeof Temporal,
  typeof WebSocket,
  typeof EventSource,
  typeof CloseEvent,
);
