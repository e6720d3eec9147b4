#pragma once
#include <stddef.h>
#include <uv.h>

#include "certificate-threads.h"

namespace forker {

enum Symbol {
  kPlatform,
  kPlatformVtable,
  kControlVtable,
  kDrain,
  kShutdown,
  kConstruct,
  kThreadCount,
  kLoopFork,
  kQueueWork,
  kPostTask,
  kSymbols
};

extern const char* const kSymbolRoles[kSymbols];

struct Refusal {
  char reason[256];
};

// Formats the reason as printf(3) does. Always returns false.
__attribute__((format(printf, 2, 3))) bool refuse(Refusal* refusal, const char* format, ...);

// Addresses of what the fork needs from Node. They do not change during the life of the process.
struct NodeSymbols {
  void* address[kSymbols];
  // Node 24 and newer: PostTask takes a priority, and BlockingDrain waits only for the highest.
  bool has_priorities;
  size_t platform_size;
  CertificateThreads certificate_threads;
  uv_loop_t* tracing_loop;
};

// `replaced` is null, or has for each symbol null or a name to look up instead. false: `refusal` says what is missing.
bool find_node_symbols(const char* const* replaced, NodeSymbols* symbols, Refusal* refusal);

}  // namespace forker
