// The protocol of sd_notify(3): datagrams to the service manager's unix socket, without libsystemd.
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "values.h"

namespace forker {
namespace {

constexpr size_t kMostText = 4096;

// A name that begins with @ is abstract: the kernel's form of it begins with a NUL, and has no other at its end.
bool address_of(const char* name, size_t length, struct sockaddr_un* address, socklen_t* size) {
  if (length == 0 || length >= sizeof address->sun_path) return false;
  *address = {};
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, name, length);
  if (name[0] == '@') address->sun_path[0] = '\0';
  *size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '@' ? 0 : 1));
  return true;
}

// 0, or an errno.
int send_datagram(const struct sockaddr_un& address, socklen_t size, const char* text, size_t length) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const ssize_t sent = sendto(fd, text, length, MSG_NOSIGNAL, reinterpret_cast<const struct sockaddr*>(&address), size);
  const int error = sent < 0 ? errno : 0;
  close(fd);
  return error;
}

napi_value notify_call(napi_env env, napi_callback_info info) {
  size_t given = 2;
  napi_value arguments[2] = {};
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  char name[sizeof(sockaddr_un::sun_path) + 1];
  char text[kMostText + 1];
  size_t name_length = 0;
  size_t length = 0;
  if (given < 2 || napi_get_value_string_utf8(env, arguments[0], name, sizeof name, &name_length) != napi_ok ||
      napi_get_value_string_utf8(env, arguments[1], text, sizeof text, &length) != napi_ok)
    return throw_type_error(env, "expected the name of a socket and a string");
  struct sockaddr_un address;
  socklen_t size = 0;
  if (!address_of(name, name_length, &address, &size)) return number_value(env, ENAMETOOLONG);
  return number_value(env, send_datagram(address, size, text, length));
}

}  // namespace

bool define_notify(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"notify", notify_call},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
