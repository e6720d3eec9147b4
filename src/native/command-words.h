#pragma once
#include "addon.h"

namespace forker {

// A command in the form that execvp(3) takes: null-terminated words followed by a null pointer. It lives in malloc's
// memory, because a forked child does not inherit V8's heap (MADV_DONTFORK).
class CommandWords {
 public:
  CommandWords() = default;
  CommandWords(const CommandWords&) = delete;
  CommandWords& operator=(const CommandWords&) = delete;
  ~CommandWords();
  // 0; EINVAL if `array` is not an array of one or more strings; ENOMEM. Call it only once.
  int copy(napi_env env, napi_value array);
  char* const* list() const { return list_; }

 private:
  char** list_ = nullptr;
};

}  // namespace forker
