import { setTimeout as pause } from "node:timers/promises";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";

const sender = "Teapots and Bowls <orders@shop.example>";

export function createMailer({ mail }, storage) {
  return mail === "ses" ? new SesMailer() : new Outbox(storage);
}

class SesMailer {
  #client = new SESv2Client({});

  async send(_name, { to, subject, html }, signal) {
    const Simple = { Subject: { Data: subject }, Body: { Html: { Data: html } } };
    const command = new SendEmailCommand({
      FromEmailAddress: sender,
      Destination: { ToAddresses: [to] },
      Content: { Simple },
    });
    await this.#client.send(command, { abortSignal: signal });
  }
}

/** Replaces a mail server: waits as long as one would, and stores the mail as a file. */
class Outbox {
  #storage;

  constructor(storage) {
    this.#storage = storage;
  }

  async send(name, { to, subject, html }, signal) {
    await pause(Number(process.env.SHOP_MAIL_MS ?? 120), undefined, { signal });
    const head = [`From: ${sender}`, `To: ${to}`, `Subject: ${subject}`, "Content-Type: text/html; charset=utf-8"];
    await this.#storage.store(`${name}.eml`, `${head.join("\r\n")}\r\n\r\n${html}`);
  }
}
