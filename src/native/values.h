#pragma once
#include "addon.h"

namespace forker {

napi_value boolean_value(napi_env env, bool value);
napi_value number_value(napi_env env, double value);
napi_value text_value(napi_env env, const char* text);
void set_number(napi_env env, napi_value object, const char* name, double value);

// Both throw, and return what a callback then has to return. `error` is positive, as in errno.h.
napi_value throw_native_error(napi_env env, const char* syscall, int error);
napi_value throw_refusal(napi_env env, const char* code, const char* message);

// The call's first `count` arguments as integers. false: one is none, and a TypeError is pending.
bool integer_arguments(napi_env env, napi_callback_info info, size_t count, int64_t* values);

}  // namespace forker
