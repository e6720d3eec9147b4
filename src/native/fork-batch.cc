#include "fork-batch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"

namespace forker {

pid_t intermediate_pid = 0;

namespace {

struct Report {
  int index;
  pid_t pid;
};

// Fails only when the template is gone. Its workers stay alive, because they are init's children.
void report(int to, Report one) {
  while (write(to, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

// Runs in the intermediate and returns only in each worker. It calls libc's fork, not clone, because OpenSSL, libuv and
// malloc have fork handlers.
pid_t fork_workers(Batch* batch, pid_t forking_template) {
  intermediate_pid = getpid();
  // Workers do not inherit this. Without it, a hanging intermediate would outlive a template that was killed for
  // hanging.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != forking_template) _exit(0);
  for (int index = 0; index < batch->room; index++) {
    const pid_t pid = fork();
    if (pid == 0) {
      // A job that signals its process group (kill 0) must reach only its own worker. setsid fails only for the leader
      // of a process group, which a new child never is.
      setsid();
      batch->index = index;
      close_batch(batch);
      return 0;
    }
    report(batch->pipe[1], {index, pid > 0 ? pid : -errno});
  }
  _exit(0);
}

// 1: a report can be read. 0: the deadline has passed. A signal may interrupt the wait, but does not extend it.
int await_report(int from, double deadline) {
  for (;;) {
    const double left = deadline - now_ms();
    pollfd readable = {from, POLLIN, 0};
    const int ready = poll(&readable, 1, left > 0 ? static_cast<int>(left) + 1 : 0);
    if (ready > 0) return 1;
    if (ready == 0 && left <= 0) return 0;
    if (ready < 0 && errno != EINTR) return 0;
  }
}

// 0, or the errno that explains why no more reports will come. Reports are never torn: they are shorter than PIPE_BUF.
int take_report(Batch* batch, double deadline) {
  if (await_report(batch->pipe[0], deadline) == 0) return ETIMEDOUT;
  Report one = {};
  const ssize_t got = read(batch->pipe[0], &one, sizeof one);
  if (got < 0) return errno == EINTR ? 0 : errno;
  if (got != sizeof one) return ESRCH;
  batch->pids[one.index] = one.pid;
  return 0;
}

// It has sent its last report or missed its deadline, so the kill keeps the wait short. ECHILD: this process ignores
// SIGCHLD.
void end_intermediate(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int unreported(const Batch& batch) {
  int missing = 0;
  for (int i = 0; i < batch.count; i++) missing += batch.pids[i] == 0;
  return missing;
}

}  // namespace

int open_batch(Batch* batch, int count, int room) {
  batch->count = count;
  batch->room = room;
  batch->index = -1;
  for (int i = 0; i < count; i++) batch->pids[i] = i < room ? 0 : -EAGAIN;
  return pipe2(batch->pipe, O_CLOEXEC) == 0 ? 0 : errno;
}

pid_t fork_batch(void* context) {
  Batch* batch = static_cast<Batch*>(context);
  const pid_t own = getpid();
  const pid_t pid = fork();
  if (pid < 0) return -errno;
  return pid == 0 ? fork_workers(batch, own) : pid;
}

void gather_batch(Batch* batch, pid_t pid, double deadline) {
  // Then the intermediate has the last open write end, and its death reads as end of file.
  close(batch->pipe[1]);
  batch->pipe[1] = -1;
  int error = 0;
  while (error == 0 && unreported(*batch) > 0) error = take_report(batch, deadline);
  end_intermediate(pid);
  for (int i = 0; i < batch->count; i++)
    if (batch->pids[i] == 0) batch->pids[i] = -error;
}

void close_batch(Batch* batch) {
  for (int& end : batch->pipe) {
    if (end >= 0) close(end);
    end = -1;
  }
}

}  // namespace forker
