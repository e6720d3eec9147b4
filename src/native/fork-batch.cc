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

// Fails only with a template that is gone: its workers answer to init, so they live.
void report(int to, Report one) {
  while (write(to, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

// Runs in the intermediate, and returns in each worker alone. libc's fork, not clone: OpenSSL, libuv and malloc have handlers.
pid_t fork_workers(Batch* batch, pid_t forking_template) {
  intermediate_pid = getpid();
  // Not inherited by the workers. Without it, one that hangs would outlive a template that was killed for hanging.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != forking_template) _exit(0);
  for (int index = 0; index < batch->room; index++) {
    const pid_t pid = fork();
    if (pid == 0) {
      // A job that signals its process group (kill 0) means its own. Fails for the leader of a group only, which no new child is.
      setsid();
      batch->index = index;
      close_batch(batch);
      return 0;
    }
    report(batch->pipe[1], {index, pid > 0 ? pid : -errno});
  }
  _exit(0);
}

// 1: reports may be read. 0: the deadline passed. Signals may interrupt, and do not make it longer.
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

// 0, or why there will be no further report. A report is shorter than PIPE_BUF, hence whole.
int take_report(Batch* batch, double deadline) {
  if (await_report(batch->pipe[0], deadline) == 0) return ETIMEDOUT;
  Report one = {};
  const ssize_t got = read(batch->pipe[0], &one, sizeof one);
  if (got < 0) return errno == EINTR ? 0 : errno;
  if (got != sizeof one) return ESRCH;
  batch->pids[one.index] = one.pid;
  return 0;
}

// It is past its last report or past its deadline: the kill makes the wait a short one. ECHILD: SIGCHLD is ignored here.
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
  // The last writer's end is then the intermediate's own, and its death an end of file.
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
