#include "elf-symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace forker {
namespace {

struct File {
  const char* bytes;
  size_t size;
};

// The file is mapped only during the search.
File map_file(const char* path) {
  File file = {nullptr, 0};
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file;
  // fstat would require glibc 2.33.
  const off_t size = lseek(fd, 0, SEEK_END);
  if (size > 0) {
    void* bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED) file = {static_cast<const char*>(bytes), static_cast<size_t>(size)};
  }
  close(fd);
  return file;
}

template <typename Entry>
const Entry* entries(const File& file, size_t offset, size_t count) {
  if (offset > file.size || count > (file.size - offset) / sizeof(Entry)) return nullptr;
  return reinterpret_cast<const Entry*>(file.bytes + offset);
}

struct SymbolTable {
  const ElfW(Sym)* symbols;
  size_t count;
  const char* names;
  size_t names_size;
};

bool find_table(const File& file, SymbolTable* table) {
  const auto* header = entries<ElfW(Ehdr)>(file, 0, 1);
  if (header == nullptr || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return false;
  const auto* sections = entries<ElfW(Shdr)>(file, header->e_shoff, header->e_shnum);
  if (sections == nullptr) return false;
  for (size_t i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= header->e_shnum) continue;
    const ElfW(Shdr)& names = sections[sections[i].sh_link];
    table->count = sections[i].sh_size / sizeof(ElfW(Sym));
    table->symbols = entries<ElfW(Sym)>(file, sections[i].sh_offset, table->count);
    table->names = entries<char>(file, names.sh_offset, names.sh_size);
    table->names_size = names.sh_size;
    return table->symbols != nullptr && table->names != nullptr;
  }
  return false;
}

// Link-time optimization appends a number to the name of a static variable: `…E.0`.
bool is_named(const SymbolTable& table, const ElfW(Sym)& symbol, const char* name) {
  const size_t length = strlen(name);
  if (symbol.st_name >= table.names_size || table.names_size - symbol.st_name <= length) return false;
  const char* found = table.names + symbol.st_name;
  return memcmp(found, name, length) == 0 && (found[length] == '\0' || found[length] == '.');
}

void take(const SymbolTable& table, const ElfW(Sym)& symbol, uintptr_t base, LocalVariable* wanted) {
  if (symbol.st_size != wanted->size || !is_named(table, symbol, wanted->name)) return;
  wanted->address = reinterpret_cast<void*>(base + symbol.st_value);
  wanted->found++;
}

void search(const SymbolTable& table, uintptr_t base, LocalVariable* variables, size_t count) {
  for (size_t i = 0; i < table.count; i++) {
    if (ELF64_ST_TYPE(table.symbols[i].st_info) != STT_OBJECT) continue;
    for (size_t j = 0; j < count; j++) take(table, table.symbols[i], base, &variables[j]);
  }
}

}  // namespace

bool find_local_variables(const LoadedObject& object, LocalVariable* variables, size_t count) {
  const File file = map_file(object.path[0] == '\0' ? "/proc/self/exe" : object.path);
  if (file.bytes == nullptr) return false;
  SymbolTable table = {};
  const bool has_table = find_table(file, &table);
  if (has_table) search(table, object.base, variables, count);
  munmap(const_cast<char*>(file.bytes), file.size);
  return has_table;
}

}  // namespace forker
