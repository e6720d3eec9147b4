for (let i = 0; i < 20_000; i++) console.log(`line ${i}`);
process.exit(1);
