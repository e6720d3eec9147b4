try {
  process.exitCode = "not a number";
} catch (error) {
  console.log(error.code);
}
process.exit("8");
