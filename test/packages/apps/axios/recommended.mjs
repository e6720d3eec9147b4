import http from "node:http";
import axios from "axios";

const httpAgent = new http.Agent({ keepAlive: true });
const get = async (n) => (await axios.get(`${process.env.HTTP_URL}/${n}`, { httpAgent })).data;

export default {
  setup: async () => {
    await get(1);
    httpAgent.destroy();
  },
  processors: { "*": async (job) => await get(job.data.n) },
};
