#pragma once

namespace forker {

// How many more threads, up to `wanted`, the system lets this process start. It starts them to find out, because any
// cgroup up the tree, the user, or the kernel may set the limit.
int headroom_for_threads(int wanted);

}  // namespace forker
