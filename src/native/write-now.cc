// Writes without waiting for the reader, to descriptors whose O_NONBLOCK flag must not be changed.
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "values.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

namespace forker {
namespace {

// pwritev2(2) by number, because musl has it only since 1.2.5. The offset -1 means the file's own, which pipes require.
ssize_t write_nowait(int fd, const void* bytes, size_t length) {
  const struct iovec part = {const_cast<void*>(bytes), length};
  return syscall(SYS_pwritev2, fd, &part, 1, -1L, -1L, RWF_NOWAIT);
}

// A pipe that polls as writable has room for one page, which is PIPE_BUF. If another writer takes it in between, or a
// terminal has less room, this waits for the reader. It is used only where the other two calls do not work.
ssize_t write_if_writable(int fd, const void* bytes, size_t length) {
  struct pollfd writable = {fd, POLLOUT, 0};
  const int ready = poll(&writable, 1, 0);
  if (ready < 0) return -1;
  if (ready == 0) {
    errno = EAGAIN;
    return -1;
  }
  return write(fd, bytes, length < PIPE_BUF ? length : PIPE_BUF);
}

// How many bytes were written, or -errno.
ssize_t write_now(int fd, const void* bytes, size_t length) {
  ssize_t written = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  // Not a socket. Pipes support RWF_NOWAIT since Linux 6.4; terminals do not.
  if (written < 0 && errno == ENOTSOCK) written = write_nowait(fd, bytes, length);
  if (written < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
    written = write_if_writable(fd, bytes, length);
  return written < 0 ? -errno : written;
}

napi_value write_now_call(napi_env env, napi_callback_info info) {
  size_t given = 3;
  napi_value arguments[3] = {};
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  int32_t fd = -1;
  int64_t from = -1;
  void* bytes = nullptr;
  size_t length = 0;
  if (given < 3 || napi_get_value_int32(env, arguments[0], &fd) != napi_ok ||
      napi_get_buffer_info(env, arguments[1], &bytes, &length) != napi_ok ||
      napi_get_value_int64(env, arguments[2], &from) != napi_ok || from < 0 || static_cast<size_t>(from) > length)
    return throw_type_error(env, "expected a descriptor, a Buffer and an offset in it");
  return number_value(env, static_cast<double>(write_now(fd, static_cast<char*>(bytes) + from, length - from)));
}

}  // namespace

bool define_write(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"writeNow", write_now_call},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
