console.log(`${Math.random}`);
