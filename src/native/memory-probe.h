#pragma once
#include <stddef.h>
#include <stdint.h>

namespace forker {

// Reads memory that may not be there. write(2) answers EFAULT where a load would kill the process, needs no privilege,
// and is let through by every seccomp profile, unlike process_vm_readv(2).
class MemoryProbe {
 public:
  MemoryProbe() = default;
  MemoryProbe(const MemoryProbe&) = delete;
  MemoryProbe& operator=(const MemoryProbe&) = delete;
  ~MemoryProbe();
  bool open();
  // At most PIPE_BUF bytes. false: not all of them can be read.
  bool read(uintptr_t address, void* into, size_t size);
  // An aligned one.
  bool read_word(uintptr_t address, uintptr_t* word);

 private:
  int pipe_[2] = {-1, -1};
};

}  // namespace forker
