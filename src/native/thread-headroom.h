#pragma once

namespace forker {

// How many more threads, up to `wanted`, the system lets this process start. They are really started, because the limit
// may be set by any cgroup up the tree, by the user, or by the kernel.
int headroom_for_threads(int wanted);

}  // namespace forker
