// Memory that init shares with all of its children: a memfd that each of them maps. src/board/ defines its contents.
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memfd.h"
#include "values.h"

namespace forker {
namespace {

// Sealed, because a worker that shrank it would kill every reader with SIGBUS (memfd_create(2)).
napi_value create_board(napi_env env, napi_callback_info info) {
  int64_t size = 0;
  if (!integer_arguments(env, info, 1, &size)) return nullptr;
  const int fd = create_memfd("forker-board");
  if (fd < 0) return throw_native_error(env, "memfd_create", errno);
  const char* failed = nullptr;
  if (ftruncate(fd, size) != 0)
    failed = "ftruncate";
  else if (seal_memfd(fd, kSealShrink | kSealGrow) != 0)
    failed = "fcntl(F_ADD_SEALS)";
  if (failed == nullptr) return number_value(env, fd);
  const int error = errno;
  close(fd);
  return throw_native_error(env, failed, error);
}

// Never unmapped: it lasts as long as this process and its forked children.
napi_value map_board(napi_env env, napi_callback_info info) {
  int64_t given[2] = {-1, 0};
  if (!integer_arguments(env, info, 2, given)) return nullptr;
  size_t size = static_cast<size_t>(given[1]);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(given[0]), 0);
  if (memory == MAP_FAILED) return throw_native_error(env, "mmap", errno);
  napi_value result = nullptr;
  if (napi_create_external_arraybuffer(env, memory, size, nullptr, nullptr, &result) == napi_ok) return result;
  munmap(memory, size);
  return throw_refusal(env, "ERR_FORKER_BOARD", "this Node does not accept external memory as an ArrayBuffer");
}

}  // namespace

bool define_board(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"createBoard", create_board},
      {"mapBoard", map_board},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
