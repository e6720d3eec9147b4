#pragma once
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

namespace forker {

class MemoryProbe;

// Node's tracing agent has an event loop of its own, which nothing runs before the process ends: then its destructor does.
// Inherited as it is, it would submit to the one io_uring that the template and all its children share, and workers that
// end together would abort in uv__epoll_ctl_flush. So it is forked like the main loop.
//
// `words`: where the agent's address is among others. The number of loops that those addresses lead to.
int find_tracing_loop(MemoryProbe* probe, uintptr_t words, size_t size, uv_loop_t** loop);

// Whether nine lists of an event loop lead back to themselves here, and an epoll is where its epoll should be.
bool is_loop(MemoryProbe* probe, uintptr_t address);

}  // namespace forker
