import http from "node:http";
import https from "node:https";
import axios from "axios";
import { application, url } from "./application.mjs";

const client = axios.create({
  httpAgent: new http.Agent({ keepAlive: true }),
  httpsAgent: new https.Agent({ keepAlive: true }),
});

export default application(async (n) => (await client.get(`${url}/${n}`)).data);
