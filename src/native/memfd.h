#pragma once

namespace forker {

// By value, because musl's headers lack some of them.
constexpr int kSealShrink = 0x2, kSealGrow = 0x4, kSealWrite = 0x8;

// A descriptor for anonymous memory, closed on exec. On failure -1 and errno.
int create_memfd(const char* name);

// Adds seals that no process can remove. A kernel without seals (gVisor) counts as success. On failure -1 and errno.
int seal_memfd(int fd, int seals);

}  // namespace forker
