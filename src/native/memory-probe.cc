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

// The pipe is empty between two calls, and a word is less than PIPE_BUF: both calls take it whole, or fail.
bool MemoryProbe::read_word(uintptr_t address, uintptr_t* word) {
  if (address % sizeof *word != 0) return false;
  if (write(pipe_[1], reinterpret_cast<const void*>(address), sizeof *word) != sizeof *word) return false;
  return read(pipe_[0], word, sizeof *word) == sizeof *word;
}

}  // namespace forker
