#pragma once
#include <stddef.h>

#include "loaded-object.h"

namespace forker {

// A variable without a dynamic symbol, such as a static one, found in the object's full symbol table.
struct LocalVariable {
  const char* name;
  size_t size;
  // Results. The address is valid only if `found` is 1.
  void* address;
  int found;
};

// false: the object's file cannot be read or has no such table because it was stripped.
bool find_local_variables(const LoadedObject& object, LocalVariable* variables, size_t count);

}  // namespace forker
