#include "own-datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "replace-descriptor.h"
#include "socket-kind.h"

namespace forker {
namespace {

struct Option {
  int level;
  int name;
};

// Those of Node's dgram and of the native modules for datagrams. Memberships of multicast groups cannot be read.
constexpr Option kOptions[] = {
    {SOL_SOCKET, SO_REUSEADDR},
    {SOL_SOCKET, SO_REUSEPORT},
    {SOL_SOCKET, SO_BROADCAST},
    {IPPROTO_IP, IP_TTL},
    {IPPROTO_IP, IP_TOS},
    {IPPROTO_IP, IP_MULTICAST_IF},
    {IPPROTO_IP, IP_MULTICAST_TTL},
    {IPPROTO_IP, IP_MULTICAST_LOOP},
    {IPPROTO_IPV6, IPV6_V6ONLY},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
};

// socket(7): the kernel doubles the size that is set.
constexpr int kBuffers[] = {SO_RCVBUF, SO_SNDBUF};

// A socket has only the options of its own family, and a default that is set again changes nothing.
void copy_options(int from, int to) {
  for (const Option& option : kOptions) {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(from, option.level, option.name, &value, &length) != 0) continue;
    setsockopt(to, option.level, option.name, &value, length);
  }
  for (const int name : kBuffers) {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(from, SOL_SOCKET, name, &value, &length) != 0) continue;
    value /= 2;
    setsockopt(to, SOL_SOCKET, name, &value, sizeof value);
  }
}

in_port_t* port_of(sockaddr_storage* address) {
  switch (address->ss_family) {
    case AF_INET:
      return &reinterpret_cast<sockaddr_in*>(address)->sin_port;
    case AF_INET6:
      return &reinterpret_cast<sockaddr_in6*>(address)->sin6_port;
    default:
      return nullptr;
  }
}

// The same address. Of ports, a shared one stays; where the template's cannot be shared, or was the kernel's choice,
// the kernel chooses another. A path belongs to one socket. 0 or an errno.
int bind_alike(int from, int to) {
  sockaddr_storage local = {};
  socklen_t length = sizeof local;
  if (getsockname(from, reinterpret_cast<sockaddr*>(&local), &length) != 0) return errno;
  in_port_t* port = port_of(&local);
  if (port == nullptr || *port == 0) return 0;
  const PortRange own = own_ports();
  if (ntohs(*port) >= own.first && ntohs(*port) <= own.last) *port = 0;
  if (bind(to, reinterpret_cast<sockaddr*>(&local), length) == 0) return 0;
  if (*port == 0) return errno;
  *port = 0;
  return bind(to, reinterpret_cast<sockaddr*>(&local), length) == 0 ? 0 : errno;
}

// If the peer cannot be reached now, the socket stays unconnected, and the application's next send() fails.
void connect_alike(int from, int to) {
  sockaddr_storage peer = {};
  socklen_t length = sizeof peer;
  if (getpeername(from, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return;
  while (connect(to, reinterpret_cast<sockaddr*>(&peer), length) != 0 && errno == EINTR) {
  }
}

int make_alike(int from, int* made) {
  int domain = 0, protocol = 0;
  socklen_t length = sizeof domain;
  if (getsockopt(from, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return errno;
  length = sizeof protocol;
  if (getsockopt(from, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0) return errno;
  const int to = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (to < 0) return errno;
  copy_options(from, to);
  const int error = bind_alike(from, to);
  if (error != 0) {
    close(to);
    return error;
  }
  connect_alike(from, to);
  *made = to;
  return 0;
}

}  // namespace

int own_datagram(int fd) {
  int made = -1;
  int error = make_alike(fd, &made);
  if (error != 0) return error;
  error = replace_descriptor(made, fd);
  close(made);
  return error;
}

}  // namespace forker
