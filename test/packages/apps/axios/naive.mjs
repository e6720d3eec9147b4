import http from "node:http";
import axios from "axios";

const httpAgent = new http.Agent({ keepAlive: true });
const get = async (n) => (await axios.get(`${process.env.HTTP_URL}/${n}`, { httpAgent })).data;
await get(1);

export default { processors: { "*": async (job) => await get(job.data.n) } };
