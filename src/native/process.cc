// System calls about processes that Node has no word for. Each failing call throws a NativeError (see process.ts).
#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <uv.h>

#include "addon.h"

namespace forker {
namespace {

napi_value number_of(napi_env env, int64_t value) {
  napi_value result = nullptr;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value text_of(napi_env env, const char* text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value undefined(napi_env env) {
  napi_value result = nullptr;
  napi_get_undefined(env, &result);
  return result;
}

// Throws, and returns what a callback then has to return.
napi_value throw_errno(napi_env env, const char* syscall, int error) {
  char message[256];
  snprintf(message, sizeof message, "%s: %s, %s", syscall, uv_err_name(-error), uv_strerror(-error));
  napi_value exception = nullptr;
  napi_create_error(env, text_of(env, "ERR_FORKER_NATIVE"), text_of(env, message), &exception);
  napi_set_named_property(env, exception, "syscall", text_of(env, syscall));
  napi_set_named_property(env, exception, "errno", number_of(env, error));
  napi_set_named_property(env, exception, "errnoName", text_of(env, uv_err_name(-error)));
  napi_throw(env, exception);
  return nullptr;
}

// The call's one argument. false: it is no integer, and a TypeError is pending.
bool integer_argument(napi_env env, napi_callback_info info, int* value) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count == 1 && napi_get_value_int32(env, argument, value) == napi_ok) return true;
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected an integer");
  return false;
}

napi_value become_subreaper(napi_env env, napi_callback_info) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return throw_errno(env, "prctl(PR_SET_CHILD_SUBREAPER)", errno);
  return undefined(env);
}

napi_value set_no_new_privileges(napi_env env, napi_callback_info) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return throw_errno(env, "prctl(PR_SET_NO_NEW_PRIVS)", errno);
  return undefined(env);
}

// The kernel forgets it at every change of user (prctl(2)): call this after the last one, then look at getppid().
napi_value set_parent_death_signal(napi_env env, napi_callback_info info) {
  int signal_number = 0;
  if (!integer_argument(env, info, &signal_number)) return nullptr;
  if (prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0) return throw_errno(env, "prctl(PR_SET_PDEATHSIG)", errno);
  return undefined(env);
}

napi_value status_of(napi_env env, int status) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  if (WIFSIGNALED(status))
    napi_set_named_property(env, result, "signal", number_of(env, WTERMSIG(status)));
  else
    napi_set_named_property(env, result, "exitCode", number_of(env, WEXITSTATUS(status)));
  return result;
}

// By pid, never -1: what libuv started is libuv's to wait for. __WALL: a child that was cloned with another signal than
// SIGCHLD, or none, is a zombie like any other. Without WUNTRACED and WCONTINUED a status always means an end.
napi_value reap(napi_env env, napi_callback_info info) {
  int pid = 0;
  if (!integer_argument(env, info, &pid)) return nullptr;
  if (pid <= 0) return throw_errno(env, "waitpid", EINVAL);
  int status = 0;
  pid_t result = 0;
  do result = waitpid(pid, &status, WNOHANG | __WALL);
  while (result < 0 && errno == EINTR);
  if (result == pid) return status_of(env, status);
  if (result == 0) return undefined(env);
  if (errno != ECHILD) return throw_errno(env, "waitpid", errno);
  napi_value none = nullptr;
  napi_get_null(env, &none);
  return none;
}

// unix(7): who connected, by the kernel's word; the pid as our PID namespace numbers it, 0 if it cannot see it.
napi_value peer_credentials(napi_env env, napi_callback_info info) {
  int fd = -1;
  if (!integer_argument(env, info, &fd)) return nullptr;
  struct ucred peer = {};
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
    return throw_errno(env, "getsockopt(SO_PEERCRED)", errno);
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "pid", number_of(env, peer.pid));
  napi_set_named_property(env, result, "uid", number_of(env, peer.uid));
  napi_set_named_property(env, result, "gid", number_of(env, peer.gid));
  return result;
}

struct Function {
  const char* name;
  napi_callback call;
};

const Function functions[] = {
    {"becomeSubreaper", become_subreaper},
    {"setNoNewPrivileges", set_no_new_privileges},
    {"setParentDeathSignal", set_parent_death_signal},
    {"reap", reap},
    {"peerCredentials", peer_credentials},
};

}  // namespace

bool define_process(napi_env env, napi_value exports) {
  for (const Function& function : functions) {
    napi_value value = nullptr;
    if (napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.call, nullptr, &value) != napi_ok ||
        napi_set_named_property(env, exports, function.name, value) != napi_ok)
      return false;
  }
  return true;
}

}  // namespace forker
