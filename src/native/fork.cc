// The functions that fork.ts declares.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "deadline.h"
#include "dense-heap.h"
#include "fork-batch.h"
#include "fork-layout.h"
#include "fork-threads.h"
#include "inherited-sockets.h"
#include "kept-descriptors.h"
#include "parent-life.h"
#include "thread-headroom.h"
#include "values.h"

namespace forker {
namespace {

uv_loop_t* loop_of(napi_env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  return loop;
}

// Names that a test substitutes for symbols: {drain: "…"}.
struct Replacements {
  char text[kSymbols][128];
  const char* names[kSymbols];
};

void read_replacements(napi_env env, napi_value object, Replacements* replaced) {
  for (int i = 0; i < kSymbols; i++) {
    napi_value value = nullptr;
    size_t length = 0;
    if (napi_get_named_property(env, object, kSymbolRoles[i], &value) != napi_ok) continue;
    const napi_status status =
        napi_get_value_string_utf8(env, value, replaced->text[i], sizeof replaced->text[i], &length);
    if (status == napi_ok) replaced->names[i] = replaced->text[i];
  }
}

// Symbols do not move, so they are looked up once. What they point to is verified each time.
bool find_own_layout(Layout* layout, Refusal* refusal) {
  static NodeSymbols symbols = {};
  static bool found = false;
  if (!found) found = find_node_symbols(nullptr, &symbols, refusal);
  return found && find_layout(symbols, layout, refusal);
}

napi_value inspect_layout(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr, result = nullptr;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  Replacements replaced = {};
  napi_valuetype type = napi_undefined;
  if (count == 1) napi_typeof(env, argument, &type);
  if (type == napi_object) read_replacements(env, argument, &replaced);
  NodeSymbols symbols = {};
  Layout layout = {};
  Refusal refusal = {};
  const bool supported = type == napi_object ? find_node_symbols(replaced.names, &symbols, &refusal) &&
                                                   find_layout(symbols, &layout, &refusal)
                                             : find_own_layout(&layout, &refusal);
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "supported", boolean_value(env, supported));
  if (supported)
    set_number(env, result, "threads", layout.threads);
  else
    napi_set_named_property(env, result, "reason", text_value(env, refusal.reason));
  return result;
}

// A fork copies only the calling thread, and prctl(PR_SET_PDEATHSIG) applies to the calling thread. false: an exception
// is pending.
bool is_main_thread(napi_env env) {
  // By number, because glibc has a wrapper only since 2.30.
  if (syscall(SYS_gettid) == getpid()) return true;
  throw_refusal(env, "ERR_FORKER_NOT_MAIN_THREAD", "only the main thread can fork");
  return false;
}

// Checks what must hold right before a fork. false: an exception is pending.
bool may_fork(napi_env env, Layout* layout) {
  if (!is_main_thread(env)) return false;
  Refusal refusal = {};
  if (!find_own_layout(layout, &refusal)) {
    throw_refusal(env, "ERR_FORKER_LAYOUT", refusal.reason);
    return false;
  }
  // In the child the completion would be lost, and the loop would wait for it forever.
  if (loop_of(env)->active_reqs.count == 0) return true;
  throw_refusal(env, "ERR_FORKER_NOT_QUIET", "a request is active on the event loop");
  return false;
}

napi_value fork_times(napi_env env, const ForkResult& forked) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set_number(env, result, "drainMs", forked.drain_ms);
  set_number(env, result, "forkMs", forked.fork_ms);
  set_number(env, result, "restartMs", forked.restart_ms);
  return result;
}

// Static, because a child must not allocate.
InheritedSockets sockets;

napi_value worker_result(napi_env env, int index) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set_number(env, result, "index", index);
  set_number(env, result, "pid", getpid());
  napi_set_named_property(env, result, "ended", ended_descriptors(env, sockets));
  return result;
}

napi_value template_result(napi_env env, const Batch& batch, const ForkResult& forked) {
  napi_value result = fork_times(env, forked), pids = nullptr;
  napi_create_array_with_length(env, batch.count, &pids);
  for (int i = 0; i < batch.count; i++) napi_set_element(env, pids, i, number_value(env, batch.pids[i]));
  napi_set_named_property(env, result, "pids", pids);
  return result;
}

// The size of libuv's pool (threadpool.c): UV_THREADPOOL_SIZE within its limits, or the default.
int pool_threads() {
  const char* text = getenv("UV_THREADPOOL_SIZE");
  const int size = text == nullptr ? 4 : atoi(text);
  return size < 1 ? 1 : size > 1024 ? 1024 : size;
}

// Larger batches are not tried in full, to bound the cost of trying.
constexpr int kMostTried = 512;

// For how many of `count` children, each with its threads, there is room. V8 aborts or hangs when it cannot start a
// thread. 0: there is not even room to restart this process's own threads.
int headroom_for_children(const Layout& layout, int count) {
  const int each = 1 + layout.threads + pool_threads();
  const int needed = 1 + count * each;
  const int wanted = needed < kMostTried ? needed : kMostTried;
  const int found = headroom_for_threads(wanted);
  return found == wanted ? count : (found - 1) / each;
}

napi_value fork_batch_call(napi_env env, napi_callback_info info) {
  int64_t arguments[2];
  if (!integer_arguments(env, info, 2, arguments)) return nullptr;
  if (arguments[0] < 1 || arguments[0] > kLargestBatch) return throw_native_error(env, "forkBatch", EINVAL);
  const double deadline = now_ms() + static_cast<double>(arguments[1]);
  Layout layout = {};
  if (!may_fork(env, &layout)) return nullptr;
  const int room = headroom_for_children(layout, static_cast<int>(arguments[0]));
  if (room == 0) return throw_native_error(env, "fork", EAGAIN);
  if (!list_sockets_of_call(env, info, 2, InheritedConnections::kEnd, &sockets)) return nullptr;
  static Batch batch;
  const int pipe_error = open_batch(&batch, static_cast<int>(arguments[0]), room);
  if (pipe_error != 0) {
    close_inherited_sockets(&sockets);
    return throw_native_error(env, "pipe2", pipe_error);
  }
  const ForkResult forked = fork_without_threads(layout, loop_of(env), {fork_batch, &batch}, &sockets);
  if (forked.pid == 0) return worker_result(env, batch.index);
  close_inherited_sockets(&sockets);
  if (forked.failed == nullptr) gather_batch(&batch, forked.pid, deadline);
  close_batch(&batch);
  if (forked.failed != nullptr) return throw_native_error(env, forked.failed, forked.error);
  return template_result(env, batch, forked);
}

// The child dies with the template from the start, because no other process knows about it.
pid_t fork_tied(void*) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return -errno;
  if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)) _exit(0);
  return pid;
}

napi_value fork_child(napi_env env, napi_callback_info info) {
  Layout layout = {};
  if (!may_fork(env, &layout)) return nullptr;
  if (headroom_for_children(layout, 1) == 0) return throw_native_error(env, "fork", EAGAIN);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return throw_native_error(env, "pipe2", errno);
  if (!list_sockets_of_call(env, info, 0, InheritedConnections::kFallSilent, &sockets)) {
    close(ends[0]);
    close(ends[1]);
    return nullptr;
  }
  const ForkResult forked = fork_without_threads(layout, loop_of(env), {fork_tied, nullptr}, &sockets);
  const bool is_child = forked.pid == 0;
  if (!is_child) close_inherited_sockets(&sockets);
  close(is_child ? ends[0] : ends[1]);
  if (forked.failed != nullptr) {
    close(ends[0]);
    return throw_native_error(env, forked.failed, forked.error);
  }
  napi_value result = is_child ? worker_result(env, 0) : fork_times(env, forked);
  set_number(env, result, "fd", is_child ? ends[1] : ends[0]);
  if (!is_child) set_number(env, result, "childPid", forked.pid);
  return result;
}

napi_value tie_life(napi_env env, napi_callback_info info) {
  int64_t arguments[2];
  if (!is_main_thread(env) || !integer_arguments(env, info, 2, arguments)) return nullptr;
  const pid_t init = static_cast<pid_t>(arguments[0]);
  const TieFailure failure = tie_life_to_parent(init, now_ms() + static_cast<double>(arguments[1]));
  return failure.error == 0 ? kUndefined : throw_native_error(env, failure.syscall, failure.error);
}

napi_value unblock(napi_env, napi_callback_info) {
  unblock_signals();
  return kUndefined;
}

napi_value reseed_random(napi_env, napi_callback_info) {
  void* symbol = dlsym(RTLD_DEFAULT, "RAND_poll");
  if (symbol != nullptr) reinterpret_cast<int (*)()>(symbol)();
  return kUndefined;
}

napi_value current_pid(napi_env env, napi_callback_info) { return number_value(env, getpid()); }

napi_value active_requests(napi_env env, napi_callback_info) {
  return number_value(env, loop_of(env)->active_reqs.count);
}

napi_value begin_dense(napi_env env, napi_callback_info) {
  const int error = begin_dense_heap();
  return error == 0 ? kUndefined : throw_native_error(env, "mmap", error);
}

napi_value end_dense(napi_env, napi_callback_info) {
  end_dense_heap();
  return kUndefined;
}

napi_value huge_pages(napi_env env, napi_callback_info) { return number_value(env, make_huge_pages()); }

}  // namespace

bool define_fork(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"inspectLayout", inspect_layout}, {"forkBatch", fork_batch_call},      {"forkChild", fork_child},
      {"tieLifeToParent", tie_life},     {"unblockSignals", unblock},         {"reseedRandom", reseed_random},
      {"currentPid", current_pid},       {"activeRequests", active_requests}, {"beginDenseHeap", begin_dense},
      {"endDenseHeap", end_dense},       {"makeHugePages", huge_pages},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
