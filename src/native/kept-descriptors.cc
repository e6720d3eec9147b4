#include "kept-descriptors.h"

#include <algorithm>

#include "values.h"

namespace forker {
namespace {

constexpr size_t kMostArguments = 4;
constexpr uint32_t kMostKept = 1'024;

// How many of the array's elements were stored; -1 if it is not an array of that many descriptors.
int store_integers(napi_env env, napi_value array, int* values) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok || count > kMostKept) return -1;
  for (uint32_t i = 0; i < count; i++) {
    napi_value element = nullptr;
    if (napi_get_element(env, array, i, &element) != napi_ok) return -1;
    if (napi_get_value_int32(env, element, &values[i]) != napi_ok) return -1;
  }
  return static_cast<int>(count);
}

}  // namespace

bool list_sockets_of_call(napi_env env, napi_callback_info info, size_t position, InheritedConnections how,
                          InheritedSockets* sockets) {
  napi_value arguments[kMostArguments] = {};
  size_t given = kMostArguments;
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  int kept[kMostKept];
  const int count = position < given ? store_integers(env, arguments[position], kept) : 0;
  if (count < 0) {
    throw_type_error(env, "expected an array of descriptors");
    return false;
  }
  std::sort(kept, kept + count);
  const SocketFailure failure = list_inherited_sockets(kept, count, how, sockets);
  if (failure.error == 0) return true;
  throw_native_error(env, failure.syscall, failure.error);
  return false;
}

napi_value ended_descriptors(napi_env env, const InheritedSockets& sockets) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, sockets.connection_count, &array);
  for (int i = 0; i < sockets.connection_count; i++)
    napi_set_element(env, array, i, number_value(env, sockets.connections[i]));
  return array;
}

}  // namespace forker
