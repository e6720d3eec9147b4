#pragma once

namespace forker {

// Runs `call(context)` on a thread of its own, for calls that cannot be given a deadline. 0, or an errno: ETIMEDOUT past
// `deadline` (now_ms), and then the thread is left where it is, for good. It inherits the caller's signal mask.
int call_within(double deadline, void (*call)(void*), void* context);

}  // namespace forker
