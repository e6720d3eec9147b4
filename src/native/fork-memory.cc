// Node builds V8 with V8_ENABLE_PRIVATE_MAPPING_FORK_OPTIMIZATION: OS::Allocate (platform-posix.cc) marks every heap
// page MADV_DONTFORK to make child_process.spawn cheaper (nodejs/node#48523). A forked child would crash at its first
// access.
#include "fork-memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "mappings.h"

namespace forker {
namespace {

struct Range {
  uintptr_t start;
  uintptr_t end;
};

int allow(const Range& range) {
  if (madvise(reinterpret_cast<void*>(range.start), range.end - range.start, MADV_DOFORK) == 0) return 0;
  return errno;
}

// Adjacent ranges are merged into one call. The flag is cleared even if it was not set, because only smaps shows it,
// and reading smaps costs ten times as much.
int allow_mapping(const Mapping& mapping, void* context) {
  Range* pending = static_cast<Range*>(context);
  if (!mapping.is_private_anonymous) return 0;
  if (mapping.start == pending->end) {
    pending->end = mapping.end;
    return 0;
  }
  const int error = pending->end == 0 ? 0 : allow(*pending);
  *pending = {mapping.start, mapping.end};
  return error;
}

}  // namespace

int let_children_inherit_heap() {
  Range pending = {0, 0};
  const int error = visit_mappings(allow_mapping, &pending);
  if (error != 0) return error;
  return pending.end == 0 ? ENODATA : allow(pending);
}

}  // namespace forker
