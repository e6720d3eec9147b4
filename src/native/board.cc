// Memory that init and every child of its share: a memfd, mapped by each. What is in it is src/board/'s business.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "values.h"

namespace forker {
namespace {

// By number: glibc has a wrapper since 2.27 only, and musl's headers lack some of the flags.
constexpr unsigned cloexec = 0x1, allow_sealing = 0x2;
constexpr int add_seals = 1033, seal_seal = 0x1, seal_shrink = 0x2, seal_grow = 0x4;

// Sealed: a worker that shrank it would end every reader by SIGBUS (memfd_create(2)). A kernel without seals (gVisor) shares
// the memory all the same.
napi_value create_board(napi_env env, napi_callback_info info) {
  int64_t size = 0;
  if (!integer_arguments(env, info, 1, &size)) return nullptr;
  int fd = static_cast<int>(syscall(SYS_memfd_create, "forker-board", cloexec | allow_sealing));
  if (fd < 0) return throw_native_error(env, "memfd_create", errno);
  if (ftruncate(fd, size) != 0) {
    int error = errno;
    close(fd);
    return throw_native_error(env, "ftruncate", error);
  }
  if (fcntl(fd, add_seals, seal_shrink | seal_grow | seal_seal) != 0 && errno != EINVAL) {
    int error = errno;
    close(fd);
    return throw_native_error(env, "fcntl(F_ADD_SEALS)", error);
  }
  return number_value(env, fd);
}

// Never unmapped: it is there for as long as the process, and its forked children, live.
napi_value map_board(napi_env env, napi_callback_info info) {
  int64_t given[2] = {-1, 0};
  if (!integer_arguments(env, info, 2, given)) return nullptr;
  size_t size = static_cast<size_t>(given[1]);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(given[0]), 0);
  if (memory == MAP_FAILED) return throw_native_error(env, "mmap", errno);
  napi_value result = nullptr;
  if (napi_create_external_arraybuffer(env, memory, size, nullptr, nullptr, &result) == napi_ok) return result;
  munmap(memory, size);
  return throw_refusal(env, "ERR_FORKER_BOARD", "this Node takes no memory of others as an ArrayBuffer");
}

}  // namespace

bool define_board(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"createBoard", nullptr, create_board, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"mapBoard", nullptr, map_board, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  return napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties) == napi_ok;
}

}  // namespace forker
