#pragma once
#include <sys/types.h>

namespace forker {

struct TieFailure {
  const char* syscall;
  int error;
};

// Dies with `init` from now on. Waits until `deadline` (now_ms) to become init's child. error 0: done.
TieFailure tie_life_to_parent(pid_t init, double deadline);

void unblock_signals();

}  // namespace forker
