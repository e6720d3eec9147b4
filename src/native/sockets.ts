/**
 * `connection`: a client's or a server's side of one connection. `pair`: one end of a socketpair(2), whose other end another process
 * has. `datagram`: a socket that sends datagrams; `service`: one that receives them at an address that others know. `other`: raw,
 * netlink and so on. `none`: not a socket.
 */
export type SocketKind = "connection" | "pair" | "server" | "datagram" | "service" | "other" | "none";

/** What src/native/sockets.cc exports. Neither throws: a closed descriptor is not a socket, and has no bytes under way. */
export interface SocketsBinding {
  socketKind(fd: number): SocketKind;
  /** Bytes of a connection that have arrived and were not read, or were written and have not arrived. */
  bytesUnderWay(fd: number): number;
}
