#pragma once

namespace forker {

struct LoadedObject;

// Node loads root certificates on a separate thread as soon as the tls module is loaded, and joins that thread when the
// process ends. A forked child has no such thread, and its stale id makes the join hang or read freed memory. So each
// child clears the flags that record the start of the thread.
struct CertificateThreads {
  // Node's `…_thread_started` flags. Only that join reads them.
  unsigned char* started[2];
};

// false: this Node has such threads, but the flags cannot be found.
bool find_certificate_threads(const LoadedObject& node, CertificateThreads* threads);

// To be called in a child before it starts any thread.
void forget_certificate_threads(const CertificateThreads& threads);

}  // namespace forker
