#pragma once
#include <pthread.h>
#include <time.h>

namespace forker {

// Milliseconds of CLOCK_MONOTONIC.
double now_ms();

timespec timespec_of(double ms);

struct Condition {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
};

// 0 or an errno.
int init_condition(Condition* condition);
void destroy_condition(Condition* condition);

// Call it with the mutex held. 0 after a change, or spuriously; ETIMEDOUT after `deadline` (now_ms).
int wait_until(Condition* condition, double deadline);

}  // namespace forker
