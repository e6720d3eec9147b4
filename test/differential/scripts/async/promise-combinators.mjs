const later = (value, ms) => new Promise((resolve) => setTimeout(resolve, ms, value));
console.log(await Promise.all([later(1, 5), 2]), await Promise.race([later("slow", 50), later("fast", 1)]));
console.log(await Promise.allSettled([later(1, 1), Promise.reject(new Error("no"))]));
await Promise.any([Promise.reject(1), Promise.reject(2)]).catch((error) =>
  console.log(error.constructor.name, error.errors),
);
console.log(Object.keys(Promise.withResolvers()));
