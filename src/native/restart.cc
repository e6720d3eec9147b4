// Restarts this process with execve(2), preserving every byte of its environment and, where it can, of its arguments.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "command-words.h"
#include "values.h"

extern char** environ;

namespace forker {
namespace {

constexpr size_t kLongestName = 256, kLongestPath = 4096;

bool text_argument(napi_env env, napi_value value, char* text, size_t room) {
  size_t length = 0;
  // Node-API truncates a string that is too long, which then fills the buffer.
  return napi_get_value_string_utf8(env, value, text, room, &length) == napi_ok && length + 1 < room;
}

napi_value rename_variable(napi_env env, napi_callback_info info) {
  size_t given = 2;
  napi_value arguments[2] = {};
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  char from[kLongestName], to[kLongestName];
  if (given < 2 || !text_argument(env, arguments[0], from, sizeof from) ||
      !text_argument(env, arguments[1], to, sizeof to))
    return throw_type_error(env, "expected the names of two variables");
  const char* value = getenv(from);
  if (value == nullptr) return boolean_value(env, false);
  if (setenv(to, value, 1) != 0) return throw_native_error(env, "setenv", errno);
  unsetenv(from);
  return boolean_value(env, true);
}

// Returns only on failure. Node marks its standard descriptors close-on-exec, so that is undone first.
napi_value restart(napi_env env, napi_callback_info info) {
  size_t given = 2;
  napi_value arguments[2] = {};
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  char program[kLongestPath];
  if (given < 2 || !text_argument(env, arguments[0], program, sizeof program))
    return throw_type_error(env, "expected the path of a program and its arguments");
  CommandWords words;
  const int problem = words.copy(env, arguments[1]);
  if (problem == EINVAL) return throw_type_error(env, "expected an array of one or more strings");
  if (problem != 0) return throw_native_error(env, "malloc", problem);
  int flags[3];
  for (int fd = 0; fd <= 2; fd++) {
    flags[fd] = fcntl(fd, F_GETFD);
    if (flags[fd] >= 0) fcntl(fd, F_SETFD, flags[fd] & ~FD_CLOEXEC);
  }
  execve(program, words.list(), environ);
  const int error = errno;
  for (int fd = 0; fd <= 2; fd++)
    if (flags[fd] >= 0) fcntl(fd, F_SETFD, flags[fd]);
  return throw_native_error(env, "execve", error);
}

// A write to the terminal from the background raises TTOU unless the writing thread blocks it (tty_ioctl(4), TOSTOP).
// With a handler, the write would be restarted forever. A kill -TTOU still reaches this process through another thread:
// V8 has several.
napi_value write_from_background(napi_env, napi_callback_info) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  return kUndefined;
}

}  // namespace

bool define_restart(napi_env env, napi_value exports) {
  const Function functions[] = {
      {"renameVariable", rename_variable},
      {"restart", restart},
      {"writeFromBackground", write_from_background},
  };
  return define_functions(env, exports, functions);
}

}  // namespace forker
