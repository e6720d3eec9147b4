for (const ms of [1, 20, 50]) {
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const took = performance.now() - begun;
  console.log(ms, took >= ms - 1.5, took < ms + 20_000);
}
