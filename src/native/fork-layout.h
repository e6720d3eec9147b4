#pragma once
#include <stddef.h>
#include <uv.h>

#include "node-symbols.h"

namespace forker {

// A std::shared_ptr<WorkerThreadsTaskRunner> inside Node's NodePlatform, as libstdc++ lays it out.
struct RunnerPointer {
  void* object;
  void* control;
};

// The parts of Node that a fork uses: functions, and the object that owns V8's threads. Verified again before each
// fork.
struct Layout {
  void (*blocking_drain)(void* runner);
  void (*shutdown)(void* runner);
  int (*thread_count)(const void* runner);
  // Node 20's constructor has no log level. In both ABIs an extra argument is a register that the callee does not read.
  void (*construct)(void* runner, int workers, int log_level);
  // Null: this Node's BlockingDrain waits for tasks of every priority.
  void (*post_task)(void* runner, int priority, void* task, const void* location);
  int (*loop_fork)(uv_loop_t* loop);
  int (*queue_work)(uv_loop_t* loop, uv_work_t* job, uv_work_cb work, uv_after_work_cb done);
  CertificateThreads certificate_threads;
  uv_loop_t* tracing_loop;
  RunnerPointer* runner;
  // The control block and the runner together.
  size_t block_size;
  int threads;
};

// false: `refusal` says why.
bool find_layout(const NodeSymbols& symbols, Layout* layout, Refusal* refusal);

}  // namespace forker
