// Stop V8's threads, fork, start them again. A fork copies only the calling thread, and whatever later waits for
// another of V8's threads (a garbage collection, the compiler, the end of the process) waits forever. So at the fork
// there are none.
#include "fork-threads.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <initializer_list>

#include "barrier.h"
#include "bounded-call.h"
#include "deadline.h"
#include "fork-memory.h"

namespace forker {

namespace {

// `system` in exit-codes.ts.
constexpr int kExitSystem = 71;

// Synchronous signals stay unblocked: if a thread blocks the signal that it raises, the kernel kills the process
// without running a handler.
void block_signals(sigset_t* before) {
  sigset_t all;
  sigfillset(&all);
  for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, own);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

constexpr double kLongestDrainMs = 5'000;

void drain(void* layout) {
  const Layout* own = static_cast<const Layout*>(layout);
  own->blocking_drain(own->runner->object);
}

// Drains first, because a queued task that Shutdown drops starves its job forever. A task that never ends blocks the
// drain forever: at the deadline this gives up, and no thread has been stopped yet.
int stop_threads(const Layout& layout) {
  // Not the caller's: the thread of an abandoned drain may read it after this returns.
  static Layout drained;
  drained = layout;
  const double deadline = now_ms() + kLongestDrainMs;
  int error = call_within(deadline, drain, &drained);
  if (error == 0 && layout.post_task != nullptr) error = await_idle_threads(layout, deadline);
  if (error == 0) layout.shutdown(layout.runner->object);
  return error;
}

struct ControlBlock {
  void** vtable;
  int uses;
  int weak_uses;
};

// Does what the last std::shared_ptr would do: libstdc++'s _M_dispose and _M_destroy are the third and fourth virtual
// functions of _Sp_counted_base. The runner's threads were joined, so nothing waits on its condition variables.
void release(ControlBlock* control) {
  if (control->uses != 1) return;
  reinterpret_cast<void (*)(void*)>(control->vtable[2])(control);
  reinterpret_cast<void (*)(void*)>(control->vtable[3])(control);
}

// The constructor starts its threads with the current signal mask, which leaves all signals to the main thread.
RunnerPointer construct_runner(const Layout& layout, void* block) {
  ControlBlock* control = static_cast<ControlBlock*>(block);
  control->vtable = static_cast<ControlBlock*>(layout.runner->control)->vtable;
  control->uses = 1;
  control->weak_uses = 1;
  void* runner = control + 1;
  layout.construct(runner, layout.threads - 1, 0);
  return {runner, control};
}

void no_work(uv_work_t*) {}
void free_job(uv_work_t* job, int) { free(job); }

// After a fork, libuv recreates its thread pool when the first job is queued (threadpool.c: reset_once). Without a job,
// a child whose template had used the pool would, on exit, join threads that it does not have.
int restart_pool(const Layout& layout, uv_loop_t* loop) {
  uv_work_t* job = static_cast<uv_work_t*>(calloc(1, sizeof *job));
  return job == nullptr ? UV_ENOMEM : layout.queue_work(loop, job, no_work, free_job);
}

[[noreturn]] void give_up(const char* what, int error) {
  const char* parts[] = {"forker: a forked child cannot continue: ", what, ": ", uv_err_name(error), "\n"};
  for (const char* part : parts)
    if (write(STDERR_FILENO, part, strlen(part)) < 0) break;
  _exit(kExitSystem);
}

// Sockets come first: a renewed loop polls what their descriptors then refer to. Loops come before anything that uses
// one: until then each shares its io_uring with the template's loop.
void go_on_as_child(const Layout& layout, uv_loop_t* loop, void* block, InheritedSockets* sockets) {
  const SocketFailure failure = leave_inherited_sockets(sockets);
  if (failure.error != 0) give_up(failure.syscall, -failure.error);
  forget_certificate_threads(layout.certificate_threads);
  for (uv_loop_t* inherited : {loop, layout.tracing_loop}) {
    const int error = layout.loop_fork(inherited);
    if (error != 0) give_up("uv_loop_fork", error);
  }
  // The old runner is leaked: a child never touches an inherited lock.
  *layout.runner = construct_runner(layout, block);
  const int pool_error = restart_pool(layout, loop);
  if (pool_error != 0) give_up("uv_queue_work", pool_error);
}

void go_on_as_template(const Layout& layout, void* block) {
  ControlBlock* old = static_cast<ControlBlock*>(layout.runner->control);
  *layout.runner = construct_runner(layout, block);
  release(old);
}

void fork_now(ForkFn fork_fn, ForkResult* result) {
  result->error = let_children_inherit_heap();
  if (result->error != 0) {
    result->failed = "madvise(MADV_DOFORK)";
    return;
  }
  result->pid = fork_fn.fork(fork_fn.context);
  if (result->pid >= 0) return;
  result->failed = "fork";
  result->error = -result->pid;
}

}  // namespace

ForkResult fork_without_threads(const Layout& layout, uv_loop_t* loop, ForkFn fork_fn, InheritedSockets* sockets) {
  ForkResult result = {-1, nullptr, 0, 0, 0, 0};
  // Allocated before V8's threads are stopped: without it they cannot be started again.
  void* block = calloc(1, layout.block_size);
  if (block == nullptr) {
    result.failed = "calloc";
    result.error = ENOMEM;
    return result;
  }
  sigset_t before;
  block_signals(&before);
  const double begun = now_ms();
  result.error = stop_threads(layout);
  if (result.error != 0) {
    result.failed = "BlockingDrain";
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    free(block);
    return result;
  }
  const double stopped = now_ms();
  fork_now(fork_fn, &result);
  const double forked = now_ms();
  if (result.pid == 0) {
    go_on_as_child(layout, loop, block, sockets);
  } else {
    go_on_as_template(layout, block);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  result.drain_ms = stopped - begun;
  result.fork_ms = forked - stopped;
  result.restart_ms = now_ms() - forked;
  return result;
}

}  // namespace forker
