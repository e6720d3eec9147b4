#include "deadline.h"

namespace forker {

double now_ms() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

timespec timespec_of(double ms) {
  const time_t seconds = static_cast<time_t>(ms / 1e3);
  return {seconds, static_cast<long>((ms - static_cast<double>(seconds) * 1e3) * 1e6)};
}

namespace {

int init_changed(pthread_cond_t* changed) {
  pthread_condattr_t attributes;
  int error = pthread_condattr_init(&attributes);
  if (error != 0) return error;
  error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  if (error == 0) error = pthread_cond_init(changed, &attributes);
  pthread_condattr_destroy(&attributes);
  return error;
}

}  // namespace

int init_condition(Condition* condition) {
  int error = pthread_mutex_init(&condition->mutex, nullptr);
  if (error != 0) return error;
  error = init_changed(&condition->changed);
  if (error != 0) pthread_mutex_destroy(&condition->mutex);
  return error;
}

void destroy_condition(Condition* condition) {
  pthread_cond_destroy(&condition->changed);
  pthread_mutex_destroy(&condition->mutex);
}

int wait_until(Condition* condition, double deadline) {
  const timespec until = timespec_of(deadline);
  return pthread_cond_timedwait(&condition->changed, &condition->mutex, &until);
}

}  // namespace forker
