#pragma once
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

namespace forker {

class MemoryProbe;

// Node's tracing agent has its own event loop, which runs only in the agent's destructor when the process ends. If
// children inherited it unchanged, it would submit to the one io_uring that the template and all its children share,
// and workers that end at the same time would abort in uv__epoll_ctl_flush. So this loop is forked like the main loop.
//
// `words` is memory that contains the agent's address among others. Returns how many loops those addresses lead to.
int find_tracing_loop(MemoryProbe* probe, uintptr_t words, size_t size, uv_loop_t** loop);

// Whether this looks like an event loop: nine lists lead back to themselves, and its backend descriptor is an epoll.
bool is_loop(MemoryProbe* probe, uintptr_t address);

}  // namespace forker
