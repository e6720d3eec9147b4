// Since Node 24, BlockingDrain waits only for tasks of the highest priority (nodejs/node#58047), and Shutdown drops the
// others. V8 never resumes a job whose task was dropped: concurrent sweeping, for example, never finishes, and the main
// thread polls for its end forever. So each worker thread gets one task of the lowest priority, which runs after all
// others, and waits in it until every thread has arrived.
#include "barrier.h"

#include <errno.h>
#include <stdlib.h>

#include <new>

#include "deadline.h"

namespace forker {
namespace {

// v8::TaskPriority::kBestEffort.
constexpr int kLowestPriority = 0;

// Reference-counted: the tasks and the thread that waits for them may each be the last to use it.
struct Barrier {
  Condition condition;
  int expected;
  int arrived;
  int owners;
  bool is_open;
};

void release_barrier(Barrier* barrier) {
  pthread_mutex_lock(&barrier->condition.mutex);
  const int left = --barrier->owners;
  pthread_mutex_unlock(&barrier->condition.mutex);
  if (left > 0) return;
  destroy_condition(&barrier->condition);
  free(barrier);
}

// v8::Task (v8-platform.h).
class V8Task {
 public:
  virtual ~V8Task() = default;
  virtual void Run() = 0;
  // libstdc++'s own operators pull in its exceptions, and those need newer glibc symbols than Node does.
  static void* operator new(size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
  static void operator delete(void* task) { free(task); }
};

class BarrierTask final : public V8Task {
 public:
  explicit BarrierTask(Barrier* barrier) : barrier_(barrier) {}
  ~BarrierTask() override { release_barrier(barrier_); }

  void Run() override {
    Condition* condition = &barrier_->condition;
    pthread_mutex_lock(&condition->mutex);
    barrier_->arrived++;
    pthread_cond_broadcast(&condition->changed);
    while (!barrier_->is_open && barrier_->arrived < barrier_->expected)
      pthread_cond_wait(&condition->changed, &condition->mutex);
    pthread_mutex_unlock(&condition->mutex);
  }

 private:
  Barrier* barrier_;
};

// 0 or an errno.
int create_barrier(int expected, Barrier** created) {
  Barrier* barrier = static_cast<Barrier*>(calloc(1, sizeof(Barrier)));
  if (barrier == nullptr) return ENOMEM;
  const int error = init_condition(&barrier->condition);
  if (error != 0) {
    free(barrier);
    return error;
  }
  barrier->expected = expected;
  barrier->owners = 1;
  *created = barrier;
  return 0;
}

// 0 or an errno. A std::unique_ptr<v8::Task> is passed as the address of a pointer, which the callee clears. Node reads
// the v8::SourceLocation only for its own debugging, and accepts an empty one.
int post_task(const Layout& layout, Barrier* barrier) {
  static const char kNowhere[64] = {};
  pthread_mutex_lock(&barrier->condition.mutex);
  barrier->owners++;
  pthread_mutex_unlock(&barrier->condition.mutex);
  V8Task* task = new (std::nothrow) BarrierTask(barrier);
  if (task == nullptr) {
    release_barrier(barrier);
    return ENOMEM;
  }
  layout.post_task(layout.runner->object, kLowestPriority, &task, kNowhere);
  return 0;
}

int await_arrivals(Barrier* barrier, double deadline) {
  pthread_mutex_lock(&barrier->condition.mutex);
  int error = 0;
  while (barrier->arrived < barrier->expected && error == 0) error = wait_until(&barrier->condition, deadline);
  pthread_mutex_unlock(&barrier->condition.mutex);
  return error;
}

// Waiting tasks end now; tasks that have not started yet end as soon as they start.
void open_barrier(Barrier* barrier) {
  pthread_mutex_lock(&barrier->condition.mutex);
  barrier->is_open = true;
  pthread_cond_broadcast(&barrier->condition.changed);
  pthread_mutex_unlock(&barrier->condition.mutex);
}

}  // namespace

int await_idle_threads(const Layout& layout, double deadline) {
  // One thread only schedules delayed tasks.
  const int workers = layout.threads - 1;
  Barrier* barrier = nullptr;
  int error = create_barrier(workers, &barrier);
  if (error != 0) return error;
  for (int i = 0; i < workers && error == 0; i++) error = post_task(layout, barrier);
  if (error == 0) error = await_arrivals(barrier, deadline);
  if (error != 0) open_barrier(barrier);
  release_barrier(barrier);
  return error;
}

}  // namespace forker
