#pragma once

namespace forker {

// The exact bytes of this process's arguments. Node's process.argv replaces what is not valid UTF-8.
struct CommandLine {
  int count;
  char** words;
};

// A count of 0: not known. Setting process.title overwrites the words.
CommandLine command_line();

}  // namespace forker
