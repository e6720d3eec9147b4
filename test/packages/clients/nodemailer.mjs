import nodemailer from "nodemailer";
import { application, url } from "./application.mjs";

const mails = nodemailer.createTransport({ url, pool: true });

export default application(
  async (n) => {
    const { response } = await mails.sendMail({ from: "a@example.org", to: "b@example.org", text: `n=${n};` });
    return Number(/n=(\d+)/.exec(response)[1]);
  },
  async () => mails.close(),
);
