import amqp from "amqplib";
import { application, url } from "./application.mjs";

let channel;
let isOver = false;
// amqplib does not connect again by itself.
async function connect() {
  const connection = await amqp.connect(url);
  connection.on("close", () => {
    if (!isOver) channel = connect();
  });
  const opened = await connection.createConfirmChannel();
  return { connection, opened, queue: (await opened.assertQueue("", { exclusive: true })).queue };
}
channel = connect();

export default application(
  async (n) => {
    const { opened, queue } = await channel;
    opened.sendToQueue(queue, Buffer.from(String(n)));
    await opened.waitForConfirms();
    for (;;) {
      const message = await opened.get(queue, { noAck: true });
      if (message !== false && Number(message.content) === n) return n;
      if (message !== false) opened.sendToQueue(queue, message.content);
    }
  },
  async () => {
    isOver = true;
    await (await channel).connection.close();
  },
);
