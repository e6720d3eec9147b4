#pragma once
#include <sys/types.h>
#include <uv.h>

#include "fork-layout.h"
#include "inherited-sockets.h"

namespace forker {

// Forks the process when it has one thread left. It returns a pid in the template, 0 in a child, or -errno.
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

// Blocks all signals, stops V8's threads, forks, and starts the threads again in both processes. Signals stay blocked
// in a child, and `sockets` are left; the template's signal mask is restored. No V8 code may run in between, so this is
// a single native call.
ForkResult fork_without_threads(const Layout& layout, uv_loop_t* loop, ForkFn fork_fn, InheritedSockets* sockets);

}  // namespace forker
