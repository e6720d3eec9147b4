let depth = 0;
function deeper() {
  depth++;
  deeper();
}
try {
  deeper();
} catch (error) {
  console.log(error.name, error.message, depth > 5_000);
}
