#pragma once
#include "fork-layout.h"

namespace forker {

// Returns when all of V8's worker threads have been idle at the same moment, with no task queued except those of the
// lowest priority. 0 or an errno; ETIMEDOUT after `deadline` (now_ms).
int await_idle_threads(const Layout& layout, double deadline);

}  // namespace forker
