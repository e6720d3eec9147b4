#pragma once

namespace forker {

// How many threads the system lets this process have besides those that it has, at most `wanted`: tried, not computed,
// because the limit may be a cgroup's (any of them up the tree), the user's, or the kernel's.
int room_for_threads(int wanted);

}  // namespace forker
