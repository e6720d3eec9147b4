#pragma once
#include <sys/types.h>

namespace forker {

struct TieFailure {
  const char* syscall;
  int error;
};

// Waits until `deadline` (now_ms) to become a child of `init`, and makes this process die with it. error 0: success.
TieFailure tie_life_to_parent(pid_t init, double deadline);

void unblock_signals();

}  // namespace forker
