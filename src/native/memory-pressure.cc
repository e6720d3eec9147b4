// When its embedder reports that the system is short of memory, V8 runs one collection that merges half-empty pages and
// shrinks the young generation (Heap::CollectGarbageOnMemoryPressure). gc() has only a last resort, which collects
// twice or more often. Node-API has no such call, but Node exports V8's public functions for addons.
#include <dlfcn.h>

#include "addon.h"
#include "values.h"

namespace forker {
namespace {

// v8::MemoryPressureLevel::kCritical. Depending on the version, V8 reads one byte of it or four.
constexpr unsigned kCritical = 2;

using TryGetCurrent = void* (*)();
using Notify = void (*)(void* isolate, unsigned level);

// false: this Node does not export what it needs, and nothing was collected.
bool report_memory_pressure() {
  const auto current = reinterpret_cast<TryGetCurrent>(dlsym(RTLD_DEFAULT, "_ZN2v87Isolate13TryGetCurrentEv"));
  const auto notify = reinterpret_cast<Notify>(
      dlsym(RTLD_DEFAULT, "_ZN2v87Isolate26MemoryPressureNotificationENS_19MemoryPressureLevelE"));
  void* const isolate = current == nullptr || notify == nullptr ? nullptr : current();
  if (isolate == nullptr) return false;
  notify(isolate, kCritical);
  return true;
}

napi_value collect_under_pressure(napi_env env, napi_callback_info) {
  return boolean_value(env, report_memory_pressure());
}

}  // namespace

bool define_memory_pressure(napi_env env, napi_value exports) {
  const Function functions[] = {{"collectUnderPressure", collect_under_pressure}};
  return define_functions(env, exports, functions);
}

}  // namespace forker
