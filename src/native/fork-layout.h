#pragma once
#include <stddef.h>
#include <uv.h>

#include "node-symbols.h"

namespace forker {

// std::shared_ptr<WorkerThreadsTaskRunner> as libstdc++ lays it out, inside of Node's NodePlatform.
struct RunnerPointer {
  void* object;
  void* control;
};

// What a fork does with Node: its functions, and the object that owns V8's threads. Verified anew before each fork.
struct Layout {
  void (*blocking_drain)(void* runner);
  void (*shutdown)(void* runner);
  int (*thread_count)(const void* runner);
  // Node 20's constructor has no log level; in both ABIs an argument too many is an unread register.
  void (*construct)(void* runner, int workers, int log_level);
  // Null: BlockingDrain waits for every task, whatever its priority.
  void (*post_task)(void* runner, int priority, void* task, const void* location);
  int (*loop_fork)(uv_loop_t* loop);
  int (*queue_work)(uv_loop_t* loop, uv_work_t* job, uv_work_cb work, uv_after_work_cb done);
  CertificateThreads certificate_threads;
  uv_loop_t* tracing_loop;
  RunnerPointer* runner;
  // Bytes that the control block and its runner take together.
  size_t block_size;
  int threads;
};

// false: `refusal` says why not. A fork's own look is without replacements.
bool find_layout(const NodeSymbols& symbols, Layout* layout, Refusal* refusal);

}  // namespace forker
