#include "command-words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"

namespace forker {
namespace {

// Whether decoding `word` gives `text`.
bool decodes_to(napi_env env, const char* word, napi_value text) {
  napi_value decoded = nullptr;
  bool is_same = false;
  return napi_create_string_utf8(env, word, NAPI_AUTO_LENGTH, &decoded) == napi_ok &&
         napi_strict_equals(env, decoded, text, &is_same) == napi_ok && is_same;
}

char* copy_text(napi_env env, napi_value text, size_t length) {
  char* copy = static_cast<char*>(malloc(length + 1));
  if (copy != nullptr) napi_get_value_string_utf8(env, text, copy, length + 1, &length);
  return copy;
}

// `original` may be null: the word of this process's command line that `text` may have been decoded from.
int copy_word(napi_env env, napi_value text, const char* original, char** word) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, text, nullptr, 0, &length) != napi_ok) return EINVAL;
  *word = original != nullptr && decodes_to(env, original, text) ? strdup(original) : copy_text(env, text, length);
  return *word == nullptr ? ENOMEM : 0;
}

}  // namespace

// The command is usually the tail of this process's command line. Its words are copied from there, because the strings
// in process.argv have lost whatever was not UTF-8.
int CommandWords::copy(napi_env env, napi_value array) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok || count == 0) return EINVAL;
  list_ = static_cast<char**>(calloc(count + 1, sizeof *list_));
  if (list_ == nullptr) return ENOMEM;
  const CommandLine own = command_line();
  const uint32_t own_count = own.count > 0 ? static_cast<uint32_t>(own.count) : 0;
  int error = 0;
  for (uint32_t i = 0; i < count && error == 0; i++) {
    napi_value text = nullptr;
    if (napi_get_element(env, array, i, &text) != napi_ok) return EINVAL;
    error = copy_word(env, text, count <= own_count ? own.words[own_count - count + i] : nullptr, &list_[i]);
  }
  return error;
}

CommandWords::~CommandWords() {
  if (list_ == nullptr) return;
  for (char** word = list_; *word != nullptr; word++) free(*word);
  free(list_);
}

}  // namespace forker
