// Node builds V8 with V8_ENABLE_PRIVATE_MAPPING_FORK_OPTIMIZATION: OS::Allocate (platform-posix.cc) marks every heap
// page MADV_DONTFORK to make child_process.spawn cheaper (nodejs/node#48523). A forked child would crash at its first
// access.
#include "fork-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace forker {
namespace {

struct Range {
  unsigned long start;
  unsigned long end;
};

const char* next_field(const char* text) {
  while (*text != ' ' && *text != '\0') text++;
  while (*text == ' ') text++;
  return text;
}

// One line of /proc/self/maps: "start-end perms offset device inode  name", see proc_pid_maps(5).
bool is_private_anonymous(const char* line, Range* range) {
  char* end = nullptr;
  range->start = strtoul(line, &end, 16);
  range->end = strtoul(end + 1, &end, 16);
  const char* permissions = next_field(end);
  if (strlen(permissions) < 4 || permissions[3] != 'p') return false;
  const char* inode = next_field(next_field(next_field(permissions)));
  if (strtoul(inode, nullptr, 10) != 0) return false;
  // [stack], [vdso] and similar mappings belong to the kernel. They are never marked, and some refuse madvise.
  const char* name = next_field(inode);
  return *name == '\0' || strcmp(name, "[heap]") == 0 || strncmp(name, "[anon:", 6) == 0;
}

int allow(const Range& range) {
  if (madvise(reinterpret_cast<void*>(range.start), range.end - range.start, MADV_DOFORK) == 0) return 0;
  return errno;
}

// Adjacent ranges are merged into one call. The flag is cleared even if it was not set, because only smaps shows it,
// and reading smaps costs ten times as much.
int allow_line(const char* line, Range* pending) {
  Range range;
  if (!is_private_anonymous(line, &range)) return 0;
  if (range.start == pending->end) {
    pending->end = range.end;
    return 0;
  }
  const int error = pending->end == 0 ? 0 : allow(*pending);
  *pending = range;
  return error;
}

// Consumes the complete lines, and sets `rest` to what follows the last of them.
int allow_lines(char* text, Range* pending, char** rest) {
  for (char* end = strchr(text, '\n'); end != nullptr; end = strchr(text, '\n')) {
    *end = '\0';
    const int error = allow_line(text, pending);
    if (error != 0) return error;
    text = end + 1;
  }
  *rest = text;
  return 0;
}

int allow_all(int maps) {
  static char buffer[64 * 1024];
  Range pending = {0, 0};
  size_t kept = 0;
  for (;;) {
    const ssize_t got = read(maps, buffer + kept, sizeof buffer - 1 - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return pending.end == 0 ? ENODATA : allow(pending);
    buffer[kept + got] = '\0';
    char* rest = nullptr;
    const int error = allow_lines(buffer, &pending, &rest);
    if (error != 0) return error;
    kept = strlen(rest);
    memmove(buffer, rest, kept);
  }
}

}  // namespace

int let_children_inherit_heap() {
  const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (maps < 0) return errno;
  const int error = allow_all(maps);
  close(maps);
  return error;
}

}  // namespace forker
