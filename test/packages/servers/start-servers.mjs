import { startGrpc } from "./grpc.mjs";
import { startHttp } from "./http.mjs";
import { startMariaDb } from "./mariadb.mjs";
import { startMongo } from "./mongo.mjs";
import { startPostgres } from "./postgres.mjs";
import { startSmtp } from "./smtp.mjs";

const starts = [startPostgres, startMariaDb, startMongo, startHttp, startSmtp, startGrpc];

export async function startServers(freePort) {
  const servers = [];
  for (const start of starts) servers.push(await start(await freePort()));
  return {
    env: Object.assign({}, ...servers.map(({ env }) => env)),
    close: async () => {
      for (const server of servers) await server.close();
    },
  };
}
