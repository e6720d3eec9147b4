#pragma once

namespace forker {

// By number: musl's headers lack some of them.
constexpr int kSealShrink = 0x2, kSealGrow = 0x4, kSealWrite = 0x8;

// Memory with a descriptor, which closes on exec. -1: see errno.
int create_memfd(const char* name);

// Seals it so that no process can undo it. A kernel without seals (gVisor) is no failure. -1: see errno.
int seal_memfd(int fd, int seals);

}  // namespace forker
