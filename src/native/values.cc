// Conversions between Node-API values and C++ values.
#include "values.h"

#include <stdio.h>
#include <uv.h>

namespace forker {

bool define_function(napi_env env, napi_value exports, const Function& function) {
  napi_value value = nullptr;
  return napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.call, nullptr, &value) == napi_ok &&
         napi_set_named_property(env, exports, function.name, value) == napi_ok;
}

napi_value boolean_value(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value number_value(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value text_value(napi_env env, const char* text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

void set_number(napi_env env, napi_value object, const char* name, double value) {
  napi_set_named_property(env, object, name, number_value(env, value));
}

napi_value throw_native_error(napi_env env, const char* syscall, int error) {
  char message[256];
  snprintf(message, sizeof message, "%s: %s, %s", syscall, uv_err_name(-error), uv_strerror(-error));
  napi_value exception = nullptr;
  napi_create_error(env, text_value(env, "ERR_FORKER_NATIVE"), text_value(env, message), &exception);
  napi_set_named_property(env, exception, "syscall", text_value(env, syscall));
  set_number(env, exception, "errno", error);
  napi_set_named_property(env, exception, "errnoName", text_value(env, uv_err_name(-error)));
  napi_throw(env, exception);
  return nullptr;
}

napi_value throw_refusal(napi_env env, const char* code, const char* message) {
  napi_throw_error(env, code, message);
  return nullptr;
}

napi_value throw_type_error(napi_env env, const char* message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return nullptr;
}

bool integer_arguments(napi_env env, napi_callback_info info, size_t count, int64_t* values) {
  napi_value arguments[4] = {};
  size_t given = sizeof arguments / sizeof *arguments;
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  for (size_t i = 0; i < count; i++) {
    if (i < given && napi_get_value_int64(env, arguments[i], &values[i]) == napi_ok) continue;
    throw_type_error(env, "expected integers");
    return false;
  }
  return true;
}

}  // namespace forker
