import nodemailer from "nodemailer";

const mails = nodemailer.createTransport({ url: process.env.SMTP_URL, pool: true });
const send = async (n) => (await mails.sendMail({ from: "a@example.org", to: "b@example.org", text: String(n) })) && n;

export default {
  teardown: () => mails.close(),
  processors: { "*": async (job) => await send(job.data.n) },
};
