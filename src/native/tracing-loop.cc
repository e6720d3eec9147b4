#include "tracing-loop.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "memory-probe.h"

namespace forker {
namespace {

// The loop follows a vtable pointer (since Node 24) and a thread id at the start of the agent.
constexpr size_t kFurthestStart = 256;

// uv.h is libuv's ABI: these offsets do not change within version 1.
constexpr size_t kLists[] = {
    offsetof(uv_loop_t, handle_queue),    offsetof(uv_loop_t, pending_queue),
    offsetof(uv_loop_t, watcher_queue),   offsetof(uv_loop_t, wq),
    offsetof(uv_loop_t, process_handles), offsetof(uv_loop_t, prepare_handles),
    offsetof(uv_loop_t, check_handles),   offsetof(uv_loop_t, idle_handles),
    offsetof(uv_loop_t, async_handles),
};

struct Link {
  uintptr_t next;
  uintptr_t previous;
};

bool is_list(MemoryProbe* probe, uintptr_t head) {
  Link own = {}, next = {}, previous = {};
  if (!probe->read(head, &own, sizeof own)) return false;
  if (!probe->read(own.next, &next, sizeof next) || next.previous != head) return false;
  return probe->read(own.previous, &previous, sizeof previous) && previous.next == head;
}

bool is_epoll(int fd) {
  char name[64], target[64] = {};
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  return fd >= 0 && readlink(name, target, sizeof target - 1) > 0 && strcmp(target, "anon_inode:[eventpoll]") == 0;
}

uintptr_t loop_near(MemoryProbe* probe, uintptr_t object) {
  for (uintptr_t at = object; at <= object + kFurthestStart; at += sizeof(uintptr_t))
    if (is_loop(probe, at)) return at;
  return 0;
}

}  // namespace

bool is_loop(MemoryProbe* probe, uintptr_t address) {
  for (size_t list : kLists)
    if (!is_list(probe, address + list)) return false;
  int fd = -1;
  return probe->read(address + offsetof(uv_loop_t, backend_fd), &fd, sizeof fd) && is_epoll(fd);
}

int find_tracing_loop(MemoryProbe* probe, uintptr_t words, size_t size, uv_loop_t** loop) {
  int found = 0;
  uintptr_t known = 0;
  for (size_t at = 0; at + sizeof(uintptr_t) <= size; at += sizeof(uintptr_t)) {
    uintptr_t object = 0;
    if (!probe->read_word(words + at, &object) || object % sizeof(uintptr_t) != 0) continue;
    const uintptr_t address = loop_near(probe, object);
    // Node 22 stores the agent's address twice.
    if (address == 0 || address == known) continue;
    known = address;
    found++;
  }
  *loop = reinterpret_cast<uv_loop_t*>(known);
  return found;
}

}  // namespace forker
