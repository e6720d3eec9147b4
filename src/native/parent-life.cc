#include "parent-life.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "deadline.h"
#include "fork-batch.h"

namespace forker {
namespace {

// 0, or errno: EAGAIN at the deadline.
int await_signal(const sigset_t& wanted, double deadline) {
  const double left = deadline - now_ms();
  if (left <= 0) return EAGAIN;
  const timespec timeout = timespec_of(left);
  return sigtimedwait(&wanted, nullptr, &timeout) >= 0 || errno == EINTR ? 0 : errno;
}

void pass_over(int) {}

// The intermediate may die between prctl() and getppid(). The signal then arrives when nothing waits for it any longer,
// and its default action would kill the worker as soon as it is unblocked. Unlike SIG_IGN, a handler does not survive
// an exec.
int make_harmless(int signal_number) {
  struct sigaction action = {};
  action.sa_handler = pass_over;
  action.sa_flags = SA_RESTART;
  return sigaction(signal_number, &action, nullptr) == 0 ? 0 : errno;
}

// Sent when the intermediate dies. Any signal works that neither Node nor the application can listen to. Not SIGRTMAX:
// an emulated process (qemu-user, as in a container for another architecture) lacks the last ones.
const int kReparentedSignal = SIGRTMIN;

// An end of file would come too early: the kernel closes the files of a dying process before it gives its children a
// new parent (do_exit, kernel/exit.c). The death signal comes right after that (reparent_leader); it is blocked and
// waited for.
TieFailure await_new_parent(double deadline) {
  const int refused = make_harmless(kReparentedSignal);
  if (refused != 0) return {"sigaction", refused};
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, kReparentedSignal);
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  if (prctl(PR_SET_PDEATHSIG, kReparentedSignal, 0, 0, 0) != 0) return {"prctl(PR_SET_PDEATHSIG)", errno};
  while (getppid() == intermediate_pid) {
    const int error = await_signal(awaited, deadline);
    if (error != 0) return {"sigtimedwait", error == EAGAIN ? ETIMEDOUT : error};
  }
  pthread_sigmask(SIG_UNBLOCK, &awaited, nullptr);
  return {nullptr, 0};
}

}  // namespace

TieFailure tie_life_to_parent(pid_t init, double deadline) {
  if (intermediate_pid != 0) {
    const TieFailure failure = await_new_parent(deadline);
    if (failure.error != 0) return failure;
    intermediate_pid = 0;
  }
  if (getppid() != init) return {"getppid", ESRCH};
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return {"prctl(PR_SET_PDEATHSIG)", errno};
  // init may have died just before prctl took effect.
  return {"getppid", getppid() == init ? 0 : ESRCH};
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace forker
