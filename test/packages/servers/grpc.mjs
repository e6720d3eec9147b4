import { Server, ServerCredentials } from "@grpc/grpc-js";

const asIs = (bytes) => bytes;
/** One method that exchanges bytes, so no proto file is needed. */
export const echoService = {
  echo: {
    path: "/Echo/Echo",
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};

/** `address`: with a port, or `unix:` and a path. */
export async function startGrpc(port, address = `127.0.0.1:${port}`, credentials = ServerCredentials.createInsecure()) {
  const server = new Server();
  server.addService(echoService, { echo: (call, answer) => answer(null, call.request) });
  await new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error) => (error ? reject(error) : resolve()));
  });
  return { env: { GRPC_ADDRESS: address }, close: async () => server.forceShutdown() };
}

export async function startSecureGrpc(port, { cert, key }) {
  const pair = { cert_chain: cert, private_key: key };
  return await startGrpc(port, `127.0.0.1:${port}`, ServerCredentials.createSsl(null, [pair]));
}
