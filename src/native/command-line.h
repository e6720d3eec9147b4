#pragma once

namespace forker {

// What this process was started with, byte by byte: Node's own process.argv replaces what is not UTF-8.
struct CommandLine {
  int count;
  char** words;
};

// A count of 0: it is not known here. Whoever sets process.title writes over the words.
CommandLine command_line();

}  // namespace forker
