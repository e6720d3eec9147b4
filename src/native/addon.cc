// The addon uses only Node-API, so that one binary per architecture and libc works with every Node version.
#include "addon.h"

#include <initializer_list>

NAPI_MODULE_INIT() {
  using namespace forker;
  for (auto define : {define_fork, define_process, define_exec, define_board, define_write, define_signal_times,
                      define_kept_bytes, define_restart, define_sockets, define_notify, define_memory_pressure})
    if (!define(env, exports)) return nullptr;
  return exports;
}
