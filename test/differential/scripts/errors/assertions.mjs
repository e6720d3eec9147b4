import assert from "node:assert/strict";

try {
  assert.deepEqual({ a: [1, 2] }, { a: [1, 3] });
} catch (error) {
  console.log(error.message);
}
assert.equal(1, 2, "uncaught");
