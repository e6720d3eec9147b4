#include "bounded-call.h"

#include <errno.h>
#include <stdlib.h>

#include "deadline.h"

namespace forker {
namespace {

// When a call times out, only its thread knows when this may be freed, so it is leaked with the thread.
struct Call {
  void (*function)(void*);
  void* context;
  Condition condition;
  bool has_ended;
};

void* run(void* argument) {
  Call* call = static_cast<Call*>(argument);
  call->function(call->context);
  pthread_mutex_lock(&call->condition.mutex);
  call->has_ended = true;
  pthread_cond_signal(&call->condition.changed);
  pthread_mutex_unlock(&call->condition.mutex);
  return nullptr;
}

int await_end(Call* call, double deadline) {
  int error = 0;
  pthread_mutex_lock(&call->condition.mutex);
  while (!call->has_ended && error == 0) error = wait_until(&call->condition, deadline);
  const bool has_ended = call->has_ended;
  pthread_mutex_unlock(&call->condition.mutex);
  return has_ended ? 0 : error;
}

// 0 or an errno.
int create(Call** created) {
  Call* call = static_cast<Call*>(calloc(1, sizeof(Call)));
  if (call == nullptr) return ENOMEM;
  const int error = init_condition(&call->condition);
  if (error != 0) {
    free(call);
    return error;
  }
  *created = call;
  return 0;
}

void destroy(Call* call) {
  destroy_condition(&call->condition);
  free(call);
}

}  // namespace

int call_within(double deadline, void (*function)(void*), void* context) {
  Call* call = nullptr;
  int error = create(&call);
  if (error != 0) return error;
  call->function = function;
  call->context = context;
  pthread_t thread;
  error = pthread_create(&thread, nullptr, run, call);
  if (error != 0) {
    destroy(call);
    return error;
  }
  error = await_end(call, deadline);
  if (error != 0) {
    // The thread still uses `call`.
    pthread_detach(thread);
    return error;
  }
  pthread_join(thread, nullptr);
  destroy(call);
  return 0;
}

}  // namespace forker
