#pragma once
#define NAPI_VERSION 9
#include <node_api.h>

namespace forker {

// Each file of the addon defines its functions on `exports`; false: a JavaScript exception is pending.
bool define_fork(napi_env env, napi_value exports);
bool define_process(napi_env env, napi_value exports);
bool define_exec(napi_env env, napi_value exports);
bool define_board(napi_env env, napi_value exports);
bool define_write(napi_env env, napi_value exports);
bool define_signal_times(napi_env env, napi_value exports);
bool define_kept_bytes(napi_env env, napi_value exports);
bool define_restart(napi_env env, napi_value exports);
bool define_sockets(napi_env env, napi_value exports);
bool define_notify(napi_env env, napi_value exports);
bool define_memory_pressure(napi_env env, napi_value exports);

}  // namespace forker
