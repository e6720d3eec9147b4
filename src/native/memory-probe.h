#pragma once
#include <stddef.h>
#include <stdint.h>

namespace forker {

// Reads memory that may not be mapped. Where a load would crash the process, write(2) returns EFAULT. It needs no
// privilege, and every seccomp profile allows it, unlike process_vm_readv(2).
class MemoryProbe {
 public:
  MemoryProbe() = default;
  MemoryProbe(const MemoryProbe&) = delete;
  MemoryProbe& operator=(const MemoryProbe&) = delete;
  ~MemoryProbe();
  bool open();
  // At most PIPE_BUF bytes. false: not all of them are readable.
  bool read(uintptr_t address, void* into, size_t size);
  // false if the address is not aligned, too.
  bool read_word(uintptr_t address, uintptr_t* word);

 private:
  int pipe_[2] = {-1, -1};
};

}  // namespace forker
