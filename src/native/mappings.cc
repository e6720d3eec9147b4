#include "mappings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace forker {
namespace {

struct Visitor {
  int (*visit)(const Mapping& mapping, void* context);
  void* context;
};

const char* next_field(const char* text) {
  while (*text != ' ' && *text != '\0') text++;
  while (*text == ' ') text++;
  return text;
}

// "start-end perms offset device inode  name", see proc_pid_maps(5).
Mapping parse(const char* line) {
  Mapping mapping = {};
  char* end = nullptr;
  mapping.start = strtoul(line, &end, 16);
  mapping.end = strtoul(end + 1, &end, 16);
  const char* permissions = next_field(end);
  if (strlen(permissions) < 4 || permissions[3] != 'p') return mapping;
  mapping.is_writable = permissions[1] == 'w';
  const char* inode = next_field(next_field(next_field(permissions)));
  if (strtoul(inode, nullptr, 10) != 0) return mapping;
  const char* name = next_field(inode);
  mapping.is_private_anonymous = *name == '\0' || strcmp(name, "[heap]") == 0 || strncmp(name, "[anon:", 6) == 0;
  return mapping;
}

// Consumes the complete lines, and sets `rest` to what follows the last of them.
int visit_lines(char* text, const Visitor& visitor, char** rest) {
  for (char* end = strchr(text, '\n'); end != nullptr; end = strchr(text, '\n')) {
    *end = '\0';
    const int error = visitor.visit(parse(text), visitor.context);
    if (error != 0) return error;
    text = end + 1;
  }
  *rest = text;
  return 0;
}

int visit_all(int maps, const Visitor& visitor) {
  static char buffer[64 * 1024];
  size_t kept = 0;
  for (;;) {
    const ssize_t got = read(maps, buffer + kept, sizeof buffer - 1 - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    buffer[kept + got] = '\0';
    char* rest = nullptr;
    const int error = visit_lines(buffer, visitor, &rest);
    if (error != 0) return error;
    kept = strlen(rest);
    memmove(buffer, rest, kept);
  }
}

}  // namespace

int visit_mappings(int (*visit)(const Mapping& mapping, void* context), void* context) {
  const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (maps < 0) return errno;
  const int error = visit_all(maps, {visit, context});
  close(maps);
  return error;
}

}  // namespace forker
