// Node exports its own C++ symbols (node::*) for addons, but no longer V8's.
#include "node-symbols.h"

#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>

#include "loaded-object.h"
#include "memory-probe.h"
#include "tracing-loop.h"

namespace forker {

#define RUNNER "N4node23WorkerThreadsTaskRunner"

const char* const kSymbolRoles[kSymbols] = {"platform",  "platformVtable", "controlVtable", "drain",     "shutdown",
                                            "construct", "threadCount",    "loopFork",      "queueWork", "postTask"};

namespace {

// Up to two manglings each: they differ between Node 22 and 24 (allocator, tasks) and between 20 and 22 (constructor).
const char* const kSymbolNames[kSymbols][2] = {
    {"_ZN4node11per_process11v8_platformE"},
    {"_ZTVN4node12NodePlatformE"},
    {"_ZTVSt23_Sp_counted_ptr_inplaceI" RUNNER "ESaIvELN9__gnu_cxx12_Lock_policyE2EE",
     "_ZTVSt23_Sp_counted_ptr_inplaceI" RUNNER "ESaIS1_ELN9__gnu_cxx12_Lock_policyE2EE"},
    {"_Z" RUNNER "13BlockingDrainEv"},
    {"_Z" RUNNER "8ShutdownEv"},
    {"_Z" RUNNER "C1EiNS_21PlatformDebugLogLevelE", "_Z" RUNNER "C1Ei"},
    {"_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv"},
    {"uv_loop_fork"},
    {"uv_queue_work"},
    {"_Z" RUNNER
     "8PostTaskEN2v812TaskPriorityESt10unique_ptrINS1_4TaskESt14default_deleteIS4_EERKNS1_14SourceLocationE",
     "_Z" RUNNER "8PostTaskESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE"},
};

bool resolve(const char* const* replaced, void** addresses, Refusal* refusal) {
  for (int i = 0; i < kSymbols; i++) {
    const char* other = replaced == nullptr ? nullptr : replaced[i];
    const char* const* names = other == nullptr ? kSymbolNames[i] : &replaced[i];
    addresses[i] = dlsym(RTLD_DEFAULT, names[0]);
    if (addresses[i] == nullptr && other == nullptr && names[1] != nullptr)
      addresses[i] = dlsym(RTLD_DEFAULT, names[1]);
    if (addresses[i] == nullptr) return refuse(refusal, "this Node does not export %s", names[0]);
  }
  return true;
}

// A symbol in another library would belong to another Node. Only libuv may be a separate library.
bool share_object(const LoadedObject& node, void* const* addresses, Refusal* refusal) {
  for (int i = 0; i < kSymbols; i++)
    if (i != kLoopFork && i != kQueueWork && !lies_in(node, addresses[i]))
      return refuse(refusal, "%s comes from a library other than Node", kSymbolRoles[i]);
  return true;
}

// The symbol's size bounds the search in the object that it names. musl has no call for this, and was refused earlier.
size_t size_of([[maybe_unused]] void* address) {
#ifdef __GLIBC__
  Dl_info info;
  void* entry = nullptr;
  if (dladdr1(address, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == nullptr) return 0;
  return info.dli_saddr == address ? static_cast<const ElfW(Sym)*>(entry)->st_size : 0;
#else
  return 0;
#endif
}

bool find_loop(NodeSymbols* symbols, Refusal* refusal) {
  MemoryProbe probe;
  if (!probe.open()) return refuse(refusal, "cannot create a pipe to probe memory");
  const uintptr_t platform = reinterpret_cast<uintptr_t>(symbols->address[kPlatform]);
  const int found = find_tracing_loop(&probe, platform, symbols->platform_size, &symbols->tracing_loop);
  if (found == 1) return true;
  return refuse(refusal, "the tracing agent's event loop was found %s", found == 0 ? "nowhere" : "more than once");
}

}  // namespace

bool refuse(Refusal* refusal, const char* format, ...) {
  va_list details;
  va_start(details, format);
  vsnprintf(refusal->reason, sizeof refusal->reason, format, details);
  va_end(details);
  return false;
}

bool find_node_symbols(const char* const* replaced, NodeSymbols* symbols, Refusal* refusal) {
  if (dlsym(RTLD_DEFAULT, "gnu_get_libc_version") == nullptr)
    return refuse(refusal, "the C library is not glibc, the only one that forking is verified on");
  if (!resolve(replaced, symbols->address, refusal)) return false;
  LoadedObject node = {};
  if (!find_object(symbols->address[kPlatform], &node)) return refuse(refusal, "Node is not part of any loaded object");
  if (!share_object(node, symbols->address, refusal)) return false;
  symbols->has_priorities = symbols->address[kPostTask] == dlsym(RTLD_DEFAULT, kSymbolNames[kPostTask][0]);
  symbols->platform_size = size_of(symbols->address[kPlatform]);
  if (symbols->platform_size < sizeof(void*) || symbols->platform_size > 4096)
    return refuse(refusal, "Node's platform has an implausible size");
  if (!find_certificate_threads(node, &symbols->certificate_threads))
    return refuse(refusal,
                  "this Node loads certificates on a thread, and its file has no symbol for the flag that says so");
  return find_loop(symbols, refusal);
}

}  // namespace forker
