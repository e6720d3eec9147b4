import http from "node:http";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";

new HttpInstrumentation().enable();

export default {
  processors: {
    "*": async (job) =>
      await new Promise((resolve, reject) => {
        const done = (response) => response.setEncoding("utf8").on("data", (text) => resolve(Number(text)));
        http.get(`${process.env.HTTP_URL}/${job.data.n}`, done).on("error", reject);
      }),
  },
};
