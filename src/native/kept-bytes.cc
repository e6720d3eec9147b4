// A copy of bytes that lives for as long as a descriptor of it is open, whatever becomes of the file that they came from.
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "values.h"

namespace forker {
namespace {

// As in board.cc.
constexpr unsigned cloexec = 0x1, allow_sealing = 0x2;
constexpr int add_seals = 1033, seal_seal = 0x1, seal_shrink = 0x2, seal_grow = 0x4, seal_write = 0x8;

bool write_all(int fd, const char* bytes, size_t length) {
  while (length > 0) {
    const ssize_t written = write(fd, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes += written;
    length -= static_cast<size_t>(written);
  }
  return true;
}

// Sealed, so that no process that is given it can change what the next one reads. A kernel without seals (gVisor) keeps the
// bytes all the same.
napi_value keep_bytes(napi_env env, napi_callback_info info) {
  size_t given = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &given, &argument, nullptr, nullptr);
  void* bytes = nullptr;
  size_t length = 0;
  if (given < 1 || napi_get_buffer_info(env, argument, &bytes, &length) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a Buffer");
    return nullptr;
  }
  const int fd = static_cast<int>(syscall(SYS_memfd_create, "forker", cloexec | allow_sealing));
  if (fd < 0) return throw_native_error(env, "memfd_create", errno);
  const char* failed = nullptr;
  if (!write_all(fd, static_cast<const char*>(bytes), length))
    failed = "write";
  else if (fcntl(fd, add_seals, seal_write | seal_shrink | seal_grow | seal_seal) != 0 && errno != EINVAL)
    failed = "fcntl(F_ADD_SEALS)";
  if (failed == nullptr) return number_value(env, fd);
  const int error = errno;
  close(fd);
  return throw_native_error(env, failed, error);
}

}  // namespace

bool define_kept_bytes(napi_env env, napi_value exports) {
  napi_value value = nullptr;
  return napi_create_function(env, "keepBytes", NAPI_AUTO_LENGTH, keep_bytes, nullptr, &value) == napi_ok &&
         napi_set_named_property(env, exports, "keepBytes", value) == napi_ok;
}

}  // namespace forker
