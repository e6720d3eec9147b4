#pragma once
#include "addon.h"

namespace forker {

// A command as execvp(3) takes it: null-terminated words, and a null pointer after the last. In malloc's memory, because a
// forked child does not inherit V8's heap (MADV_DONTFORK).
class CommandWords {
 public:
  CommandWords() = default;
  CommandWords(const CommandWords&) = delete;
  CommandWords& operator=(const CommandWords&) = delete;
  ~CommandWords();
  // 0; EINVAL: `array` is not an array of one or more strings; ENOMEM. To be called once.
  int copy(napi_env env, napi_value array);
  char* const* list() const { return list_; }

 private:
  char** list_ = nullptr;
};

}  // namespace forker
