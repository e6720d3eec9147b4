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

export async function startGrpc(port) {
  const server = new Server();
  server.addService(echoService, { echo: (call, answer) => answer(null, call.request) });
  const address = `127.0.0.1:${port}`;
  await new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return { env: { GRPC_ADDRESS: address }, close: async () => server.forceShutdown() };
}
