#pragma once
#include "addon.h"
#include "inherited-sockets.h"

namespace forker {

// Lists what a child must leave. The argument at `position` is an array of the descriptors that it keeps; without one,
// it keeps none. false: an exception is pending.
bool list_sockets_of_call(napi_env env, napi_callback_info info, size_t position, InheritedConnections how,
                          InheritedSockets* sockets);

// The descriptors of the connections, as an array.
napi_value ended_descriptors(napi_env env, const InheritedSockets& sockets);

}  // namespace forker
