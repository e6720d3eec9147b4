#include "loaded-object.h"

#include <link.h>
#include <stddef.h>
#include <stdio.h>

namespace forker {
namespace {

struct Search {
  uintptr_t address;
  LoadedObject* object;
};

// Callback of dl_iterate_phdr: any value except 0 ends the iteration.
int look_at(dl_phdr_info* info, size_t, void* context) {
  const Search* search = static_cast<Search*>(context);
  LoadedObject* object = search->object;
  object->base = info->dlpi_addr;
  object->start = UINTPTR_MAX;
  object->end = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    const uintptr_t start = info->dlpi_addr + part.p_vaddr;
    if (start < object->start) object->start = start;
    if (start + part.p_memsz > object->end) object->end = start + part.p_memsz;
  }
  if (search->address < object->start || search->address >= object->end) return 0;
  snprintf(object->path, sizeof object->path, "%s", info->dlpi_name);
  return 1;
}

}  // namespace

bool find_object(const void* address, LoadedObject* object) {
  Search search = {reinterpret_cast<uintptr_t>(address), object};
  return dl_iterate_phdr(look_at, &search) != 0;
}

bool lies_in(const LoadedObject& object, const void* address) {
  const uintptr_t value = reinterpret_cast<uintptr_t>(address);
  return value >= object.start && value < object.end;
}

}  // namespace forker
