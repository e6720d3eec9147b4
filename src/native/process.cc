// System calls about processes that Node does not offer. Each throws a NativeError when it fails (see process.ts).
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "thread-headroom.h"
#include "values.h"

// From Linux 5.1 and 5.3, which are newer than the C library that forker builds for. The same numbers on every
// architecture.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace forker {
namespace {

napi_value become_subreaper(napi_env env, napi_callback_info) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return throw_native_error(env, "prctl(PR_SET_CHILD_SUBREAPER)", errno);
  return kUndefined;
}

napi_value set_no_new_privileges(napi_env env, napi_callback_info) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return throw_native_error(env, "prctl(PR_SET_NO_NEW_PRIVS)", errno);
  return kUndefined;
}

// The kernel clears this at every change of user (prctl(2)): call it after the last one, then check getppid().
napi_value set_parent_death_signal(napi_env env, napi_callback_info info) {
  int64_t signal_number = 0;
  if (!integer_arguments(env, info, 1, &signal_number)) return nullptr;
  if (prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0)
    return throw_native_error(env, "prctl(PR_SET_PDEATHSIG)", errno);
  return kUndefined;
}

// Without WUNTRACED and WCONTINUED, a status always means that the child has ended. __WALL includes children that were
// cloned with no exit signal, or one other than SIGCHLD: they become zombies like any other.
pid_t wait_for(pid_t which, int* status) {
  pid_t pid = 0;
  do pid = waitpid(which, status, WNOHANG | __WALL);
  while (pid < 0 && errno == EINTR);
  return pid;
}

napi_value exit_value(napi_env env, int status) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  if (WIFSIGNALED(status))
    set_number(env, result, "signal", WTERMSIG(status));
  else
    set_number(env, result, "exitCode", WEXITSTATUS(status));
  return result;
}

// By pid, because libuv waits for the children that it started.
napi_value reap(napi_env env, napi_callback_info info) {
  int64_t pid = 0;
  if (!integer_arguments(env, info, 1, &pid)) return nullptr;
  if (pid <= 0 || pid > INT32_MAX) return throw_native_error(env, "waitpid", EINVAL);
  int status = 0;
  const pid_t ended = wait_for(static_cast<pid_t>(pid), &status);
  if (ended > 0) return exit_value(env, status);
  if (ended == 0) return kUndefined;
  if (errno != ECHILD) return throw_native_error(env, "waitpid", errno);
  napi_value none = nullptr;
  napi_get_null(env, &none);
  return none;
}

// While a child is a zombie, no other process and no other group can have its pid.
napi_value end_group_of_ended(napi_env env, napi_callback_info info) {
  int64_t pid = 0;
  if (!integer_arguments(env, info, 1, &pid)) return nullptr;
  if (pid <= 1 || pid > INT32_MAX) return throw_native_error(env, "waitid", EINVAL);
  siginfo_t ended = {};
  if (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) return kUndefined;
  // ESRCH: it led no group. EPERM: all that is left of the group runs as other users.
  if (ended.si_pid == pid) kill(-static_cast<pid_t>(pid), SIGKILL);
  return kUndefined;
}

// Only for a process in which libuv has started no child. It needs no /proc to find the children.
napi_value reap_any(napi_env env, napi_callback_info) {
  int status = 0;
  const pid_t ended = wait_for(-1, &status);
  if (ended == 0 || (ended < 0 && errno == ECHILD)) return kUndefined;
  if (ended < 0) return throw_native_error(env, "waitpid", errno);
  napi_value result = exit_value(env, status);
  set_number(env, result, "pid", ended);
  return result;
}

napi_value open_process(napi_env env, napi_callback_info info) {
  int64_t pid = 0;
  if (!integer_arguments(env, info, 1, &pid)) return nullptr;
  if (pid <= 0 || pid > INT32_MAX) return throw_native_error(env, "pidfd_open", EINVAL);
  const long fd = syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0);
  return fd < 0 ? throw_native_error(env, "pidfd_open", errno) : number_value(env, static_cast<double>(fd));
}

napi_value signal_process(napi_env env, napi_callback_info info) {
  int64_t arguments[2] = {-1, 0};
  if (!integer_arguments(env, info, 2, arguments)) return nullptr;
  const auto [fd, signal_number] = arguments;
  if (syscall(SYS_pidfd_send_signal, static_cast<int>(fd), static_cast<int>(signal_number), nullptr, 0) != 0)
    return throw_native_error(env, "pidfd_send_signal", errno);
  return kUndefined;
}

// unix(7): the kernel's record of the connecting process. The pid is as this process's PID namespace sees it; 0 if it
// is not visible there.
napi_value peer_credentials(napi_env env, napi_callback_info info) {
  int64_t fd = -1;
  if (!integer_arguments(env, info, 1, &fd)) return nullptr;
  struct ucred peer = {};
  socklen_t length = sizeof peer;
  if (getsockopt(static_cast<int>(fd), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
    return throw_native_error(env, "getsockopt(SO_PEERCRED)", errno);
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set_number(env, result, "pid", peer.pid);
  set_number(env, result, "uid", peer.uid);
  set_number(env, result, "gid", peer.gid);
  return result;
}

// glibc keeps freed memory in its arenas, and by itself returns only what lies at the end of one: see malloc_trim(3).
// musl (mallocng) returns every free page, and has no such call.
napi_value return_free_memory(napi_env, napi_callback_info) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return kUndefined;
}

napi_value thread_headroom(napi_env env, napi_callback_info info) {
  int64_t wanted = 0;
  if (!integer_arguments(env, info, 1, &wanted)) return nullptr;
  return number_value(env, wanted < 1 || wanted > 1'024 ? 0 : headroom_for_threads(static_cast<int>(wanted)));
}

// exit(3) would run the destructors of Node and OpenSSL, which write to most of the pages that a forked process shares
// with its template: the kernel copies each of them, only to free it.
napi_value end_at_once(napi_env env, napi_callback_info info) {
  int64_t code = 0;
  if (!integer_arguments(env, info, 1, &code)) return nullptr;
  _exit(static_cast<int>(code));
}

}  // namespace

bool define_process(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"becomeSubreaper", become_subreaper},
      {"setNoNewPrivileges", set_no_new_privileges},
      {"setParentDeathSignal", set_parent_death_signal},
      {"reap", reap},
      {"reapAny", reap_any},
      {"endGroupOfEnded", end_group_of_ended},
      {"openProcess", open_process},
      {"signalProcess", signal_process},
      {"peerCredentials", peer_credentials},
      {"returnFreeMemory", return_free_memory},
      {"threadHeadroom", thread_headroom},
      {"endAtOnce", end_at_once},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
