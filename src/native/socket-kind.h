#pragma once

namespace forker {

// What a forked process can do with a socket that it inherits.
enum class SocketKind {
  kNone,        // not a socket
  kConnection,  // a client's or a server's side of one connection: it can end
  kPair,        // one end of a socketpair(2): another process has the other end
  kServer,      // accepts connections
  kDatagram,    // sends to others, and receives what they answer: another can take its place
  kService,     // receives datagrams at an address that others know
  kOther,       // raw, netlink, …
};

SocketKind kind_of_socket(int fd);

// The ports that the kernel gives to sockets that do not ask for one (ip_local_port_range).
struct PortRange {
  int first;
  int last;
};

PortRange own_ports();

}  // namespace forker
