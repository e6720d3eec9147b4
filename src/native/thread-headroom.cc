#include "thread-headroom.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace forker {
namespace {

// On arm64 glibc's minimum is 128 KiB (PTHREAD_STACK_MIN), and a page is at most 64 KiB.
constexpr size_t kStackBytes = 256 * 1024;
// A joined thread still counts until the kernel has released it, microseconds later.
constexpr int kMostYields = 10'000;

// The starting thread holds the mutex until all threads exist.
void* pass(void* gate) {
  pthread_mutex_lock(static_cast<pthread_mutex_t*>(gate));
  pthread_mutex_unlock(static_cast<pthread_mutex_t*>(gate));
  return nullptr;
}

// proc(5): each thread is a subdirectory, and so adds a link.
unsigned long thread_links() {
  const char* threads = "/proc/self/task";
#ifdef __GLIBC__
  // stat would require glibc 2.33. statx requires 2.28, but musl has it only since 1.2.5.
  struct statx status;
  return statx(AT_FDCWD, threads, 0, STATX_NLINK, &status) == 0 ? status.stx_nlink : 0;
#else
  struct stat status;
  return stat(threads, &status) == 0 ? status.st_nlink : 0;
#endif
}

bool start_thread(pthread_t* thread, char* stack, pthread_mutex_t* gate) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  const bool started = pthread_attr_setstack(&attributes, stack, kStackBytes) == 0 &&
                       pthread_create(thread, &attributes, pass, gate) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

int start_and_join(int wanted, pthread_t* threads, char* stacks) {
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&gate);
  int started = 0;
  while (started < wanted && start_thread(&threads[started], stacks + started * kStackBytes, &gate)) started++;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; i++) pthread_join(threads[i], nullptr);
  pthread_mutex_destroy(&gate);
  return started;
}

}  // namespace

int headroom_for_threads(int wanted) {
  // One mapping for all stacks: libc would cache stacks of its own, and each fork would copy their mappings.
  const size_t size = wanted * kStackBytes;
  void* stacks = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stacks == MAP_FAILED) return 0;
  pthread_t* threads = static_cast<pthread_t*>(calloc(wanted, sizeof(pthread_t)));
  const unsigned long links = thread_links();
  const int started = threads == nullptr ? 0 : start_and_join(wanted, threads, static_cast<char*>(stacks));
  for (int i = 0; i < kMostYields && thread_links() > links; i++) sched_yield();
  free(threads);
  munmap(stacks, size);
  return started;
}

}  // namespace forker
