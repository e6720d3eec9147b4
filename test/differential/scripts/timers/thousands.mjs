let fired = 0;
for (let i = 0; i < 5_000; i++) setTimeout(() => fired++, i % 30);
process.on("exit", () => console.log(fired));
