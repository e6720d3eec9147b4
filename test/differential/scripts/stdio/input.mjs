for await (const chunk of process.stdin) console.log("read", `${chunk}`);
