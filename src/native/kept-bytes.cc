// A copy of a file's contents that lasts as long as a descriptor for it is open, whatever happens to the file.
#include <errno.h>
#include <unistd.h>

#include "memfd.h"
#include "values.h"

namespace forker {
namespace {

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

// Sealed, so that no process that receives the descriptor can change what the next one reads.
napi_value keep_bytes(napi_env env, napi_callback_info info) {
  size_t given = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &given, &argument, nullptr, nullptr);
  void* bytes = nullptr;
  size_t length = 0;
  if (given < 1 || napi_get_buffer_info(env, argument, &bytes, &length) != napi_ok)
    return throw_type_error(env, "expected a Buffer");
  const int fd = create_memfd("forker");
  if (fd < 0) return throw_native_error(env, "memfd_create", errno);
  const char* failed = nullptr;
  if (!write_all(fd, static_cast<const char*>(bytes), length))
    failed = "write";
  else if (seal_memfd(fd, kSealWrite | kSealShrink | kSealGrow) != 0)
    failed = "fcntl(F_ADD_SEALS)";
  if (failed == nullptr) return number_value(env, fd);
  const int error = errno;
  close(fd);
  return throw_native_error(env, failed, error);
}

}  // namespace

bool define_kept_bytes(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"keepBytes", keep_bytes},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
