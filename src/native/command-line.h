#pragma once

namespace forker {

// The exact bytes of this process's arguments. Node's process.argv replaces what is not valid UTF-8.
struct CommandLine {
  int count;
  char** words;
};

// A count of 0: not known. A process title overwrites the words (uv_set_process_title), and NODE_OPTIONS may set one
// before the addon is loaded: take them only for the exact bytes of a word that is known from elsewhere.
CommandLine command_line();

}  // namespace forker
