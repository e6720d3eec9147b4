// Packages that the template loaded put names with two underscores there.
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
