#include "memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace forker {
namespace {

// By number and value: glibc has a wrapper only since 2.27, and musl's headers lack some of the flags.
constexpr unsigned kCloexec = 0x1, kAllowSealing = 0x2;
constexpr int kAddSeals = 1033, kSealSeal = 0x1;

}  // namespace

int create_memfd(const char* name) {
  return static_cast<int>(syscall(SYS_memfd_create, name, kCloexec | kAllowSealing));
}

int seal_memfd(int fd, int seals) {
  const int result = fcntl(fd, kAddSeals, seals | kSealSeal);
  return result != 0 && errno == EINVAL ? 0 : result;
}

}  // namespace forker
