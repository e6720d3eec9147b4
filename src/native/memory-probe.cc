#include "memory-probe.h"

#include <fcntl.h>
#include <unistd.h>

namespace forker {

bool MemoryProbe::open() { return pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0; }

MemoryProbe::~MemoryProbe() {
  if (pipe_[0] < 0) return;
  close(pipe_[0]);
  close(pipe_[1]);
}

// The pipe is empty between calls. A write that runs into unreadable memory transfers only the part before it.
bool MemoryProbe::read(uintptr_t address, void* into, size_t size) {
  const ssize_t written = write(pipe_[1], reinterpret_cast<const void*>(address), size);
  return written > 0 && ::read(pipe_[0], into, written) == written && static_cast<size_t>(written) == size;
}

bool MemoryProbe::read_word(uintptr_t address, uintptr_t* word) {
  return address % sizeof *word == 0 && read(address, word, sizeof *word);
}

}  // namespace forker
