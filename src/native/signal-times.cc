// Signal handlers record in shared memory when each signal last arrived, because a blocked event loop does not see
// signals.
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "deadline.h"
#include "values.h"

namespace forker {
namespace {

// `next` is libuv's handler, which stays installed while the signal has a listener: uv__signal_start,
// src/unix/signal.c.
struct SignalRecord {
  double* at;
  void (*next)(int);
};

SignalRecord records[NSIG];

// Only clock_gettime and a store, both allowed in a handler (signal-safety(7)). It may run on any thread.
void record(int signal_number) {
  const int error = errno;
  double now = now_ms();
  __atomic_store(records[signal_number].at, &now, __ATOMIC_RELEASE);
  records[signal_number].next(signal_number);
  errno = error;
}

// 0 or an errno. EINVAL: the signal has no listener, or a handler with three arguments, which is not libuv's.
int put_before(int signal_number, double* at) {
  struct sigaction action = {};
  if (sigaction(signal_number, nullptr, &action) != 0) return errno;
  const bool is_libuvs =
      (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
  if (!is_libuvs || action.sa_handler == record) return EINVAL;
  records[signal_number] = {at, action.sa_handler};
  action.sa_handler = record;
  return sigaction(signal_number, &action, nullptr) == 0 ? 0 : errno;
}

// A place in the third argument of the call, which is never unmapped (board.cc).
double* place_of(napi_env env, napi_callback_info info, int64_t offset) {
  napi_value arguments[3] = {};
  size_t given = 3;
  void* memory = nullptr;
  size_t size = 0;
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  if (napi_get_arraybuffer_info(env, arguments[2], &memory, &size) != napi_ok) return nullptr;
  const bool fits = offset >= 0 && offset % sizeof(double) == 0 && static_cast<size_t>(offset) + sizeof(double) <= size;
  return fits ? reinterpret_cast<double*>(static_cast<char*>(memory) + offset) : nullptr;
}

napi_value record_signal(napi_env env, napi_callback_info info) {
  int64_t given[2] = {};
  if (!integer_arguments(env, info, 2, given)) return nullptr;
  double* at = place_of(env, info, given[1]);
  const bool is_signal = given[0] > 0 && given[0] < NSIG;
  const int error = at == nullptr || !is_signal ? EINVAL : put_before(static_cast<int>(given[0]), at);
  return error == 0 ? kUndefined : throw_native_error(env, "sigaction", error);
}

}  // namespace

bool define_signal_times(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"recordSignal", record_signal},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
