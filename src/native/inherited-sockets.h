#pragma once

namespace forker {

// The sockets of a template that its children must not use. A child may not allocate before its loops are renewed, so
// the template lists them before the fork.
struct InheritedSockets {
  static constexpr int kMost = 16'384;
  // Connections, in the child replaced by `substitute`. Its peer is closed: reading it returns end of file, as if the
  // server had closed the connection, and what is written to it reaches nobody. If the child must not notice anything,
  // `peer` is open, and silent.
  int connections[kMost];
  int connection_count;
  int datagrams[kMost];
  int datagram_count;
  int substitute;
  int peer;
};

enum class InheritedConnections { kEnd, kFallSilent };

// A call that failed, and why. error 0: none did.
struct SocketFailure {
  const char* syscall;
  int error;
};

// In the template, before the fork. Skips the standard streams and the `kept` descriptors, which are sorted. Opens the
// substitute if there are connections.
SocketFailure list_inherited_sockets(const int* kept, int kept_count, InheritedConnections how,
                                     InheritedSockets* sockets);

// In the child, before anything else uses a descriptor.
SocketFailure leave_inherited_sockets(InheritedSockets* sockets);

// In the template, after the fork.
void close_inherited_sockets(InheritedSockets* sockets);

}  // namespace forker
