import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { echoService } from "../../servers/grpc.mjs";

const Echo = makeGenericClientConstructor(echoService, "Echo");
const client = new Echo(process.env.GRPC_ADDRESS, credentials.createInsecure());
const echo = async (n) =>
  await new Promise((resolve, reject) => {
    client.echo(Buffer.from(String(n)), (error, bytes) => (error ? reject(error) : resolve(Number(bytes))));
  });
await echo(1);

export default { processors: { "*": async (job) => await echo(job.data.n) } };
