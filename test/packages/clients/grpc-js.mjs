import { readFileSync } from "node:fs";
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { echoService } from "../servers/grpc.mjs";
import { application, transport, url } from "./application.mjs";

const Echo = makeGenericClientConstructor(echoService, "Echo");
// gRPC reads no certificates from NODE_EXTRA_CA_CERTS.
const secure = () => credentials.createSsl(readFileSync(process.env.NODE_EXTRA_CA_CERTS));
const client = new Echo(url, transport === "tls" ? secure() : credentials.createInsecure());

export default application(
  async (n) =>
    await new Promise((resolve, reject) => {
      client.echo(Buffer.from(String(n)), (error, bytes) => (error ? reject(error) : resolve(Number(bytes))));
    }),
  async () => client.close(),
);
