// The one addon: Node-API only, so that one binary serves every Node version of an architecture and libc.
#include "addon.h"

NAPI_MODULE_INIT() {
  if (!forker::define_fork(env, exports) || !forker::define_process(env, exports) ||
      !forker::define_exec(env, exports) || !forker::define_board(env, exports) ||
      !forker::define_write(env, exports) || !forker::define_signal_times(env, exports) ||
      !forker::define_kept_bytes(env, exports) || !forker::define_restart(env, exports))
    return nullptr;
  return exports;
}
