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

// Says why, as printf(3) does, and is false.
__attribute__((format(printf, 2, 3))) bool refuse(Refusal* refusal, const char* format, ...);

// Where that is which the fork needs of Node, and which stays there for the process' life.
struct NodeSymbols {
  void* address[kSymbols];
  // PostTask takes a priority, and BlockingDrain waits for the highest alone: Node 24 and newer.
  bool has_priorities;
  size_t platform_size;
  CertificateThreads certificate_threads;
  uv_loop_t* tracing_loop;
};

// `replaced`: null, or for each symbol a name to look for in its place, or null. false: `refusal` says what is missing.
bool find_node_symbols(const char* const* replaced, NodeSymbols* symbols, Refusal* refusal);

}  // namespace forker
