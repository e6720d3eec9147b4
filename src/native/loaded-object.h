#pragma once
#include <stdint.h>

namespace forker {

// The main program or a shared library.
struct LoadedObject {
  // Added to the addresses in the file.
  uintptr_t base;
  uintptr_t start;
  uintptr_t end;
  // Empty for the main program.
  char path[4096];
};

// false: no object contains the address. Unlike dladdr(3), this does not walk the object's symbols; Node has 100,000.
bool find_object(const void* address, LoadedObject* object);

bool lies_in(const LoadedObject& object, const void* address);

}  // namespace forker
