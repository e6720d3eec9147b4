// Since Node 24 BlockingDrain waits for tasks of the highest priority alone (nodejs/node#58047), and Shutdown drops the
// others: a job of V8's whose task was dropped is never worked on again. Concurrent sweeping then never ends, and the main
// thread asks for its end without pause. So each thread is given one task of the lowest priority, which comes after all
// others, and waits in it for the last one.
#include "rendezvous.h"

#include <errno.h>
#include <stdlib.h>

#include <new>

#include "deadline.h"

namespace forker {
namespace {

// v8::TaskPriority::kBestEffort.
constexpr int lowest_priority = 0;

// Owned by everybody who may still look at it: the tasks, and whoever waits for them.
struct Meeting {
  Condition condition;
  int expected;
  int arrived;
  int owners;
  bool is_over;
};

void leave(Meeting* meeting) {
  pthread_mutex_lock(&meeting->condition.mutex);
  const int left = --meeting->owners;
  pthread_mutex_unlock(&meeting->condition.mutex);
  if (left > 0) return;
  destroy_condition(&meeting->condition);
  free(meeting);
}

// v8::Task (v8-platform.h).
class V8Task {
 public:
  virtual ~V8Task() = default;
  virtual void Run() = 0;
  // libstdc++'s own operators bring its exceptions along, and these newer symbols of glibc than Node needs.
  static void* operator new(size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
  static void operator delete(void* task) { free(task); }
};

class Attendance final : public V8Task {
 public:
  explicit Attendance(Meeting* meeting) : meeting_(meeting) {}
  ~Attendance() override { leave(meeting_); }

  void Run() override {
    Condition* condition = &meeting_->condition;
    pthread_mutex_lock(&condition->mutex);
    meeting_->arrived++;
    pthread_cond_broadcast(&condition->changed);
    while (!meeting_->is_over && meeting_->arrived < meeting_->expected)
      pthread_cond_wait(&condition->changed, &condition->mutex);
    pthread_mutex_unlock(&condition->mutex);
  }

 private:
  Meeting* meeting_;
};

// 0 or an errno.
int convene(int expected, Meeting** convened) {
  Meeting* meeting = static_cast<Meeting*>(calloc(1, sizeof(Meeting)));
  if (meeting == nullptr) return ENOMEM;
  const int error = init_condition(&meeting->condition);
  if (error != 0) {
    free(meeting);
    return error;
  }
  meeting->expected = expected;
  meeting->owners = 1;
  *convened = meeting;
  return 0;
}

// 0 or an errno. std::unique_ptr<v8::Task> is given as the address of a pointer, which the callee empties. v8::SourceLocation is
// read for Node's own debugging only, and then it may be empty.
int invite(const Layout& layout, Meeting* meeting) {
  static const char nowhere[64] = {};
  pthread_mutex_lock(&meeting->condition.mutex);
  meeting->owners++;
  pthread_mutex_unlock(&meeting->condition.mutex);
  V8Task* task = new (std::nothrow) Attendance(meeting);
  if (task == nullptr) {
    leave(meeting);
    return ENOMEM;
  }
  layout.post_task(layout.slot->runner, lowest_priority, &task, nowhere);
  return 0;
}

int await_all(Meeting* meeting, double deadline) {
  pthread_mutex_lock(&meeting->condition.mutex);
  int error = 0;
  while (meeting->arrived < meeting->expected && error == 0) error = wait_until(&meeting->condition, deadline);
  pthread_mutex_unlock(&meeting->condition.mutex);
  return error;
}

// Tasks that wait end now, and those that have not begun yet end as soon as they begin.
void call_off(Meeting* meeting) {
  pthread_mutex_lock(&meeting->condition.mutex);
  meeting->is_over = true;
  pthread_cond_broadcast(&meeting->condition.changed);
  pthread_mutex_unlock(&meeting->condition.mutex);
}

}  // namespace

int await_idle_threads(const Layout& layout, double deadline) {
  // One of them schedules delayed tasks, and takes no others.
  const int workers = layout.threads - 1;
  Meeting* meeting = nullptr;
  int error = convene(workers, &meeting);
  if (error != 0) return error;
  for (int i = 0; i < workers && error == 0; i++) error = invite(layout, meeting);
  if (error == 0) error = await_all(meeting, deadline);
  if (error != 0) call_off(meeting);
  leave(meeting);
  return error;
}

}  // namespace forker
