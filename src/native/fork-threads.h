#pragma once
#include <sys/types.h>
#include <uv.h>

#include "fork-layout.h"

namespace forker {

// How the process is doubled once it has one thread left: the pid to go on with in the template, 0 in a child, or -errno.
struct ForkFn {
  pid_t (*fork)(void* context);
  void* context;
};

struct ForkResult {
  pid_t pid;
  // The system call that failed, or null.
  const char* failed;
  int error;
  double drain_ms;
  double fork_ms;
  double restart_ms;
};

// Blocks every signal, stops V8's threads, forks, and starts them again on both sides. Signals stay blocked in a child, and
// are as they were in the template. In between nothing of V8 may run, so this is one native call.
ForkResult fork_without_threads(const Layout& layout, uv_loop_t* loop, ForkFn fork_fn);

}  // namespace forker
