// What `forker -- command` needs and JavaScript cannot do: steps between fork and exec, and handlers that forward every
// signal at once, including real-time signals, whatever the event loop is doing.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "command-words.h"
#include "values.h"

namespace forker {
namespace {

// Where signals are forwarded, as kill(2) takes it: a negative number is a process group. 0: not set yet.
std::atomic<pid_t> target{0};

void forward(int signal_number) {
  const int saved_errno = errno;
  const pid_t whom = target.load(std::memory_order_relaxed);
  // Failures are ignored. ESRCH: the process has ended, and its exit status is on the way. EPERM: a setuid program; a
  // signal handler has no way to report it.
  if (whom != 0) kill(whom, signal_number);
  errno = saved_errno;
}

// Every signal except those that cannot be caught, faults, CHLD, which is for init itself, TTIN and TTOU, which init
// ignores so that tcsetpgrp works from the background, and the two real-time signals reserved by libc (below SIGRTMIN).
bool is_forwarded(int signal_number) {
  switch (signal_number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGTRAP:
    case SIGSYS:
    case SIGCHLD:
    case SIGTTIN:
    case SIGTTOU:
      return false;
    default:
      return signal_number < 32 || signal_number >= SIGRTMIN;
  }
}

void forward_signals_to(pid_t whom) {
  target.store(whom, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_handler = forward;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (int number = 1; number <= SIGRTMAX; number++)
    if (is_forwarded(number)) sigaction(number, &action, nullptr);
}

// Call it before anything is written: with a handler, as Node installs it, a write from the background is restarted
// forever.
void ignore_terminal_stops() {
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGTTIN, &action, nullptr);
  sigaction(SIGTTOU, &action, nullptr);
}

enum Step : int { kSetGroup, kSetForeground, kExecute };
const char* const kStepNames[] = {"setpgid", "tcsetpgrp", "execvp"};

struct Failure {
  Step step;
  int error;
};

// Runs in the child until it becomes the command. It makes only calls that signal-safety(7) lists, and libc's execvp,
// which allocates nothing.
[[noreturn]] void become(char* const* arguments, int report) {
  const auto fail = [report](Step step) {
    const Failure failure = {step, errno};
    while (write(report, &failure, sizeof failure) < 0 && errno == EINTR) {
    }
    _exit(127);
  };
  // Its own process group, in the terminal's foreground if there is a terminal: Ctrl-C then reaches the command once,
  // and not init.
  if (setpgid(0, 0) != 0) fail(kSetGroup);
  if (tcsetpgrp(STDIN_FILENO, getpgrp()) != 0 && errno != ENOTTY && errno != ENXIO) fail(kSetForeground);
  // Node marks its standard descriptors close-on-exec, and makes standard error non-blocking as soon as anything
  // imports node:util. All processes that write there share that flag. libuv also undoes both for its children.
  for (int fd = 0; fd <= 2; fd++) {
    fcntl(fd, F_SETFD, 0);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number <= SIGRTMAX; number++) sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  execvp(arguments[0], arguments);
  fail(kExecute);
  abort();
}

// Returns when the child has become the command, or has failed to.
bool has_failed(int report, Failure* failure) {
  ssize_t length = 0;
  do length = read(report, failure, sizeof *failure);
  while (length < 0 && errno == EINTR);
  return length == static_cast<ssize_t>(sizeof *failure);
}

// All signals are blocked in this thread from before the fork until forwarding is set up, so that none of this
// process's handlers runs in the child. Signals that its other threads receive in the meantime reach Node's handlers,
// and JavaScript forwards them.
napi_value start(napi_env env, char* const* arguments, bool to_group) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return throw_native_error(env, "pipe2", errno);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  const int fork_error = errno;
  if (pid == 0) become(arguments, report[1]);
  close(report[1]);
  Failure failure = {};
  const bool failed = pid > 0 && has_failed(report[0], &failure);
  close(report[0]);
  if (pid > 0 && !failed) forward_signals_to(to_group ? -pid : pid);
  if (failed) waitpid(pid, nullptr, 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return throw_native_error(env, "fork", fork_error);
  if (failed) return throw_native_error(env, kStepNames[failure.step], failure.error);
  return number_value(env, pid);
}

napi_value start_command(napi_env env, napi_callback_info info) {
  napi_value arguments[2] = {};
  size_t count = 2;
  bool to_group = false;
  CommandWords command;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  int error = napi_get_value_bool(env, arguments[1], &to_group) == napi_ok ? 0 : EINVAL;
  if (error == 0) error = command.copy(env, arguments[0]);
  if (error == 0) return start(env, command.list(), to_group);
  if (error != EINVAL) return throw_native_error(env, "malloc", error);
  return throw_type_error(env, "expected a command's words and a boolean");
}

napi_value ignore_terminal_stops_call(napi_env, napi_callback_info) {
  ignore_terminal_stops();
  return kUndefined;
}

}  // namespace

bool define_exec(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"startCommand", start_command},
      {"ignoreTerminalStops", ignore_terminal_stops_call},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
