import { Kafka, logLevel, Partitioners } from "kafkajs";
import { application, transport, url } from "./application.mjs";

const kafka = new Kafka({ brokers: [url], ssl: transport === "tls", logLevel: logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();

export default application(
  async (n) => Number((await producer.send({ topic: "notes", messages: [{ value: `n=${n};` }] }))[0].offset),
  async () => await producer.disconnect(),
);
