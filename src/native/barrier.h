#pragma once
#include "fork-layout.h"

namespace forker {

// Returns once every worker thread of V8's has been idle at the same moment, with no task queued but those of the lowest
// priority: 0, or an errno, ETIMEDOUT past `deadline` (now_ms).
int await_idle_threads(const Layout& layout, double deadline);

}  // namespace forker
