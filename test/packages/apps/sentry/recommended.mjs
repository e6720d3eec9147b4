import * as Sentry from "@sentry/node";

export default {
  afterFork: () => void Sentry.init({ dsn: `${process.env.HTTP_URL.replace("//", "//key@")}/1`, tracesSampleRate: 1 }),
  processors: {
    "*": async (job) => {
      Sentry.captureMessage(`at work on ${job.data.n}`);
      return (await Sentry.flush(5_000)) ? job.data.n : -1;
    },
  },
};
