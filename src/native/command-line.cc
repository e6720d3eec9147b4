#include "command-line.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace forker {
namespace {

CommandLine known = {0, nullptr};

#ifdef __GLIBC__
// glibc hands main's arguments to every constructor, also to those of a library that is loaded later; no /proc is needed.
__attribute__((constructor)) void note_arguments(int count, char** words, char**) { known = {count, words}; }
#else
// Once for the process: never freed.
void read_arguments() {
  const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  size_t size = 0, room = 1 << 16;
  char* text = static_cast<char*>(malloc(room));
  for (ssize_t got = 1; text != nullptr && got > 0; size += got > 0 ? static_cast<size_t>(got) : 0) {
    if (size + 1 == room) text = static_cast<char*>(realloc(text, room *= 2));
    if (text != nullptr) got = read(fd, text + size, room - size - 1);
  }
  close(fd);
  if (text == nullptr) return;
  int count = 0;
  for (size_t at = 0; at < size; at++) count += text[at] == '\0';
  char** words = static_cast<char**>(calloc(static_cast<size_t>(count) + 1, sizeof *words));
  if (words == nullptr) return;
  char* word = text;
  for (int i = 0; i < count; i++, word += strlen(word) + 1) words[i] = word;
  known = {count, words};
}
#endif

}  // namespace

CommandLine command_line() {
#ifndef __GLIBC__
  if (known.count == 0) read_arguments();
#endif
  return known;
}

}  // namespace forker
