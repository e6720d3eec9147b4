const original = {
  date: new Date(0),
  map: new Map([[1, { a: 1n }]]),
  bytes: new Uint8Array([1, 2]),
  error: new TypeError("a"),
};
original.self = original;
const copy = structuredClone(original);
console.log(
  copy.self === copy,
  copy.map.get(1),
  copy.bytes,
  copy.date,
  copy.error.message,
  copy.error instanceof TypeError,
);
try {
  structuredClone(() => undefined);
} catch (error) {
  console.log(error.name, error.message);
}
