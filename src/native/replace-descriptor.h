#pragma once
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace forker {

// `fd` refers to what `by` refers to. 0 or an errno. EBUSY passes: dup(2).
inline int replace_descriptor(int by, int fd) {
  while (dup3(by, fd, O_CLOEXEC) < 0)
    if (errno != EINTR && errno != EBUSY) return errno;
  return 0;
}

}  // namespace forker
