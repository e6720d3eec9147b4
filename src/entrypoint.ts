console.log("bullmq-forker");
