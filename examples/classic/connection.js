const { Redis } = require("ioredis");

/** BullMQ's blocking commands must wait for as long as Redis is away. */
const connection = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379", { maxRetriesPerRequest: null });
connection.on("error", (error) => console.error(`redis: ${error.message}`));

module.exports = { connection };
