// A connection that two processes use mixes up their requests and answers. Every child therefore sees the template's
// connections as closed by the server, and the client library connects again by itself.
#include "inherited-sockets.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "own-datagram.h"
#include "replace-descriptor.h"
#include "socket-kind.h"

namespace forker {
namespace {

constexpr SocketFailure kNoFailure = {nullptr, 0};

// Returns false if there are too many.
bool note(int fd, InheritedSockets* sockets) {
  switch (kind_of_socket(fd)) {
    case SocketKind::kConnection:
    case SocketKind::kPair:
      if (sockets->connection_count == InheritedSockets::kMost) return false;
      sockets->connections[sockets->connection_count++] = fd;
      return true;
    case SocketKind::kDatagram:
      if (sockets->datagram_count == InheritedSockets::kMost) return false;
      sockets->datagrams[sockets->datagram_count++] = fd;
      return true;
    default:
      return true;
  }
}

SocketFailure list(DIR* folder, const int* kept, int kept_count, InheritedSockets* sockets) {
  errno = 0;
  while (const dirent* entry = readdir(folder)) {
    const int fd = atoi(entry->d_name);
    if (fd <= STDERR_FILENO || std::binary_search(kept, kept + kept_count, fd)) continue;
    if (!note(fd, sockets)) return {"too many sockets", EMFILE};
    errno = 0;
  }
  return errno == 0 ? kNoFailure : SocketFailure{"readdir(/proc/self/fd)", errno};
}

SocketFailure open_substitute(InheritedConnections how, InheritedSockets* sockets) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return {"socketpair", errno};
  sockets->substitute = ends[0];
  if (how == InheritedConnections::kFallSilent)
    sockets->peer = ends[1];
  else
    close(ends[1]);
  return kNoFailure;
}

void close_if_open(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

}  // namespace

SocketFailure list_inherited_sockets(const int* kept, int kept_count, InheritedConnections how,
                                     InheritedSockets* sockets) {
  sockets->connection_count = 0;
  sockets->datagram_count = 0;
  sockets->substitute = -1;
  sockets->peer = -1;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return {"opendir(/proc/self/fd)", errno};
  const SocketFailure failure = list(folder, kept, kept_count, sockets);
  closedir(folder);
  if (failure.error != 0 || sockets->connection_count == 0) return failure;
  return open_substitute(how, sockets);
}

SocketFailure leave_inherited_sockets(InheritedSockets* sockets) {
  for (int i = 0; i < sockets->connection_count; i++) {
    const int error = replace_descriptor(sockets->substitute, sockets->connections[i]);
    if (error != 0) return {"dup3", error};
  }
  // An open peer stays open until the process ends.
  close_if_open(&sockets->substitute);
  for (int i = 0; i < sockets->datagram_count; i++) {
    const int error = own_datagram(sockets->datagrams[i]);
    if (error != 0) return {"a datagram socket of its own", error};
  }
  return kNoFailure;
}

void close_inherited_sockets(InheritedSockets* sockets) {
  close_if_open(&sockets->substitute);
  close_if_open(&sockets->peer);
}

}  // namespace forker
