#pragma once

namespace forker {

struct LoadedObject;

// Node loads root certificates on a thread of their own as soon as the tls module is loaded, and joins it when the process
// ends. In a forked child that thread does not exist, and what its id means by then is anybody's guess: the join hangs, or
// reads memory that is gone. So each child is told that it never started one.
struct CertificateThreads {
  // Node's own `…_thread_started` flags, which nothing but that join reads.
  unsigned char* started[2];
};

// false: this Node has such threads, and its flags cannot be found.
bool find_certificate_threads(const LoadedObject& node, CertificateThreads* threads);

// In a child, before it has any other thread.
void forget_certificate_threads(const CertificateThreads& threads);

}  // namespace forker
