// What sockets.ts declares.
#include <sys/ioctl.h>

#include "socket-kind.h"
#include "values.h"

namespace forker {
namespace {

const char* name_of(SocketKind kind) {
  switch (kind) {
    case SocketKind::kConnection:
      return "connection";
    case SocketKind::kPair:
      return "pair";
    case SocketKind::kServer:
      return "server";
    case SocketKind::kDatagram:
      return "datagram";
    case SocketKind::kService:
      return "service";
    case SocketKind::kOther:
      return "other";
    case SocketKind::kNone:
      break;
  }
  return "none";
}

napi_value socket_kind(napi_env env, napi_callback_info info) {
  int64_t fd = -1;
  if (!integer_arguments(env, info, 1, &fd)) return nullptr;
  return text_value(env, name_of(kind_of_socket(static_cast<int>(fd))));
}

int bytes(int fd, unsigned long which) {
  int count = 0;
  return ioctl(fd, which, &count) == 0 ? count : 0;
}

// tcp(7), unix(7). FIONREAD, or SIOCINQ: received, and not read. TIOCOUTQ, or SIOCOUTQ: written, and not acknowledged
// (TCP) or not read (unix).
napi_value bytes_under_way(napi_env env, napi_callback_info info) {
  int64_t fd = -1;
  if (!integer_arguments(env, info, 1, &fd)) return nullptr;
  const int of = static_cast<int>(fd);
  return number_value(env, bytes(of, FIONREAD) + bytes(of, TIOCOUTQ));
}

}  // namespace

bool define_sockets(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"socketKind", socket_kind},
      {"bytesUnderWay", bytes_under_way},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
