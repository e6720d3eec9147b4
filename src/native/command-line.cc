#include "command-line.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace forker {
namespace {

CommandLine known = {0, nullptr};

#ifdef __GLIBC__
// glibc passes main's arguments to every constructor, including those of libraries loaded later. This needs no /proc.
__attribute__((constructor)) void note_arguments(int count, char** words, char**) { known = {count, words}; }
#else
// The whole file, or null. `size` does not count the null character added at the end.
char* read_file(const char* path, size_t* size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  size_t room = 1 << 16;
  char* text = static_cast<char*>(malloc(room));
  ssize_t got = text == nullptr ? -1 : 1;
  for (*size = 0; got > 0; *size += got > 0 ? static_cast<size_t>(got) : 0) {
    if (*size + 1 == room) {
      char* larger = static_cast<char*>(realloc(text, room *= 2));
      if (larger == nullptr) break;
      text = larger;
    }
    got = read(fd, text + *size, room - *size - 1);
  }
  close(fd);
  if (got == 0) {
    text[*size] = '\0';
    return text;
  }
  free(text);
  return nullptr;
}

// Runs once per process; its result is never freed.
void read_arguments() {
  size_t size = 0;
  char* text = read_file("/proc/self/cmdline", &size);
  if (text == nullptr) return;
  int count = 0;
  for (size_t at = 0; at < size; at++) count += text[at] == '\0';
  char** words = static_cast<char**>(calloc(static_cast<size_t>(count) + 1, sizeof *words));
  if (words == nullptr) {
    free(text);
    return;
  }
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
