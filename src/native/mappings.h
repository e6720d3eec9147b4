#pragma once
#include <stdint.h>

namespace forker {

// A line of /proc/self/maps.
struct Mapping {
  uintptr_t start;
  uintptr_t end;
  // Memory of this process's own, without a file. Not [stack], [vdso] and the like: they belong to the kernel, and some
  // refuse madvise.
  bool is_private_anonymous;
  bool is_writable;
};

// Calls `visit` for each mapping, in the order of addresses, until it returns an errno, and returns that. 0: for all of
// them. `visit` may change mappings that it has been called with. Not for two threads at a time.
int visit_mappings(int (*visit)(const Mapping& mapping, void* context), void* context);

}  // namespace forker
