#pragma once
#include <stdint.h>

namespace forker {

// One of the files that the process is made of: the program or a shared library.
struct LoadedObject {
  // What the file's addresses are moved by.
  uintptr_t base;
  uintptr_t start;
  uintptr_t end;
  // Empty: the main program.
  char path[4096];
};

// false: the address lies in none. Unlike dladdr(3) it does not walk the object's symbols, of which Node has 100,000.
bool find_object(const void* address, LoadedObject* object);

bool lies_in(const LoadedObject& object, const void* address);

}  // namespace forker
