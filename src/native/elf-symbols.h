#pragma once
#include <stddef.h>

#include "loaded-object.h"

namespace forker {

// A variable that no dynamic symbol names, such as a static one, as the object's full symbol table has it.
struct LocalVariable {
  const char* name;
  size_t size;
  // Out. With another `found` than 1 the address means nothing.
  void* address;
  int found;
};

// false: the object's file has no such table (it was stripped), or cannot be read.
bool find_local_variables(const LoadedObject& object, LocalVariable* variables, size_t count);

}  // namespace forker
