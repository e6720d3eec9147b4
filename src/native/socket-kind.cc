#include "socket-kind.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace forker {
namespace {

// -1 if the socket does not have it.
int option(int fd, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

using AddressOf = int (*)(int fd, sockaddr* address, socklen_t* length);

struct Address {
  bool exists;
  // A unix socket that was not bound: unix(7).
  bool is_unnamed;
  int port;
};

Address address_of(int fd, AddressOf side) {
  sockaddr_storage storage = {};
  socklen_t length = sizeof storage;
  if (side(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {false, true, 0};
  const bool is_unnamed = length <= sizeof(sa_family_t);
  switch (storage.ss_family) {
    case AF_INET:
      return {true, is_unnamed, ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port)};
    case AF_INET6:
      return {true, is_unnamed, ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port)};
    default:
      return {true, is_unnamed, 0};
  }
}

bool is_pair(int fd, int domain) {
  const Address peer = address_of(fd, getpeername);
  return domain == AF_UNIX && peer.exists && peer.is_unnamed && address_of(fd, getsockname).is_unnamed;
}

// A port outside the kernel's range was asked for. SO_REUSEADDR shares it, as listeners of multicast groups do.
bool is_service(int fd, int domain) {
  if (address_of(fd, getpeername).exists) return false;
  const Address local = address_of(fd, getsockname);
  if (domain == AF_UNIX) return !local.is_unnamed;
  const PortRange own = own_ports();
  const bool is_asked_for = local.port != 0 && (local.port < own.first || local.port > own.last);
  return is_asked_for && option(fd, SO_REUSEADDR) != 1 && option(fd, SO_REUSEPORT) != 1;
}

}  // namespace

PortRange own_ports() {
  PortRange range = {32'768, 60'999};
  const int file = open("/proc/sys/net/ipv4/ip_local_port_range", O_RDONLY | O_CLOEXEC);
  if (file < 0) return range;
  char text[64] = {};
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return range;
  char* rest = nullptr;
  const long first = strtol(text, &rest, 10), last = strtol(rest, nullptr, 10);
  if (first > 0 && last >= first) range = {static_cast<int>(first), static_cast<int>(last)};
  return range;
}

SocketKind kind_of_socket(int fd) {
  const int domain = option(fd, SO_DOMAIN);
  switch (option(fd, SO_TYPE)) {
    case -1:
      return SocketKind::kNone;
    case SOCK_STREAM:
    case SOCK_SEQPACKET:
      if (option(fd, SO_ACCEPTCONN) == 1) return SocketKind::kServer;
      return is_pair(fd, domain) ? SocketKind::kPair : SocketKind::kConnection;
    case SOCK_DGRAM:
      if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX) return SocketKind::kOther;
      if (is_pair(fd, domain)) return SocketKind::kPair;
      return is_service(fd, domain) ? SocketKind::kService : SocketKind::kDatagram;
    default:
      return SocketKind::kOther;
  }
}

}  // namespace forker
