#pragma once

namespace forker {

// Runs `call(context)` on its own thread, for calls that take no deadline. 0 or an errno. ETIMEDOUT after `deadline`
// (now_ms): the thread is then abandoned. The thread inherits the caller's signal mask.
int call_within(double deadline, void (*call)(void*), void* context);

}  // namespace forker
