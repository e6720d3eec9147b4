#pragma once
#include <stddef.h>

#include "addon.h"

namespace forker {

struct Function {
  const char* name;
  napi_callback call;
};

// false: a JavaScript exception is pending.
bool define_function(napi_env env, napi_value exports, const Function& function);

template <size_t count>
bool define_functions(napi_env env, napi_value exports, const Function (&functions)[count]) {
  for (const Function& function : functions)
    if (!define_function(env, exports, function)) return false;
  return true;
}

// What a callback without a result returns: Node-API takes a null pointer for undefined.
constexpr napi_value kUndefined = nullptr;

napi_value boolean_value(napi_env env, bool value);
napi_value number_value(napi_env env, double value);
napi_value text_value(napi_env env, const char* text);
void set_number(napi_env env, napi_value object, const char* name, double value);

// Each throws, and returns what the callback then has to return. `error` is positive, as in errno.h.
napi_value throw_native_error(napi_env env, const char* syscall, int error);
napi_value throw_refusal(napi_env env, const char* code, const char* message);
napi_value throw_type_error(napi_env env, const char* message);

// The first `count` arguments of the call as integers. false: one is not an integer, and a TypeError is pending.
bool integer_arguments(napi_env env, napi_callback_info info, size_t count, int64_t* values);

}  // namespace forker
