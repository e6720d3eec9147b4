// The cost of a fork, and of the end of a forked process, is that of its page tables: an entry for each page of 4 KB.
// V8 asks for each 256 KB of its heap at a random address out of 64 TB (OS::GetRandomMmapAddr), so each of them needs
// tables of its own, and none can be part of a huge page, which is one entry for 2 MB. An address that V8 asks for is a
// wish: while all of them are taken, the kernel chooses, and puts each piece next to the one before.
#include "dense-heap.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "fork-memory.h"
#include "mappings.h"

// From Linux 4.17 and 6.1, which are newer than the C library that forker builds for.
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace forker {
namespace {

// V8's addresses have 46 bits. What lies below the lower limit is left to libc's heap and to those who need low
// addresses: one in a thousand of V8's addresses.
constexpr uintptr_t kLowest = uintptr_t{1} << 36;
constexpr uintptr_t kHighest = uintptr_t{1} << 46;
constexpr int kMostGaps = 512;

struct Gap {
  uintptr_t start;
  uintptr_t end;
};

struct Gaps {
  Gap list[kMostGaps];
  int count;
  uintptr_t seen;
};

Gaps gaps;

int note_gap_before(const Mapping& mapping, void*) {
  const uintptr_t end = std::min(mapping.start, kHighest);
  if (gaps.seen < end && gaps.count == kMostGaps) return E2BIG;
  if (gaps.seen < end) gaps.list[gaps.count++] = {gaps.seen, end};
  gaps.seen = std::max(gaps.seen, mapping.end);
  return 0;
}

// Costs nothing: memory that nobody may access has no pages. EEXIST: a thread has mapped something there since.
int take(const Gap& gap) {
  void* const wanted = reinterpret_cast<void*>(gap.start);
  const size_t size = gap.end - gap.start;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  void* const got = mmap(wanted, size, PROT_NONE, flags, -1, 0);
  if (got == wanted) return 0;
  if (got == MAP_FAILED) return errno;
  // Older kernels take the address as a wish.
  munmap(got, size);
  return EEXIST;
}

// Keeps only those that were taken.
int take_gaps() {
  int taken = 0;
  int error = 0;
  for (int i = 0; i < gaps.count && error == 0; i++) {
    error = take(gaps.list[i]);
    if (error == 0) gaps.list[taken++] = gaps.list[i];
    if (error == EEXIST) error = 0;
  }
  gaps.count = taken;
  return error;
}

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kMostPages = kHugePage / 4096;

// Where fewer pages are in use, the huge page would take much more memory than they do.
constexpr size_t least_used(size_t pages) { return pages - pages / 8; }

bool is_full(uintptr_t start, size_t page_size) {
  unsigned char in_memory[kMostPages];
  const size_t pages = kHugePage / page_size;
  if (mincore(reinterpret_cast<void*>(start), kHugePage, in_memory) != 0) return false;
  const auto used = std::count_if(in_memory, in_memory + pages, [](unsigned char page) { return (page & 1) != 0; });
  return static_cast<size_t>(used) >= least_used(pages);
}

struct HugePages {
  size_t page_size;
  int made;
};

// One call for many of them, because each waits for the other processors.
constexpr uintptr_t kMostAtOnce = 32 * kHugePage;

bool try_collapse(uintptr_t start, uintptr_t end, HugePages* huge) {
  if (madvise(reinterpret_cast<void*>(start), end - start, MADV_COLLAPSE) != 0) return false;
  huge->made += static_cast<int>((end - start) / kHugePage);
  return true;
}

// The first huge page that cannot be made may end a call. Where one cannot be made, the small pages stay.
void collapse(uintptr_t start, uintptr_t end, HugePages* huge) {
  for (uintptr_t at = start; at < end; at += kMostAtOnce) {
    const uintptr_t last = std::min(end, at + kMostAtOnce);
    if (try_collapse(at, last, huge) || errno == EINVAL) continue;
    for (uintptr_t one = at; one < last; one += kHugePage) try_collapse(one, one + kHugePage, huge);
  }
}

int make_within(const Mapping& mapping, void* context) {
  HugePages* huge = static_cast<HugePages*>(context);
  if (!mapping.is_private_anonymous || !mapping.is_writable) return 0;
  uintptr_t begun = (mapping.start + kHugePage - 1) & ~(kHugePage - 1);
  uintptr_t at = begun;
  for (; at + kHugePage <= mapping.end; at += kHugePage) {
    if (is_full(at, huge->page_size)) continue;
    collapse(begun, at, huge);
    begun = at + kHugePage;
  }
  collapse(begun, std::max(begun, at), huge);
  return 0;
}

}  // namespace

int begin_dense_heap() {
  gaps.count = 0;
  gaps.seen = kLowest;
  int error = visit_mappings(note_gap_before, nullptr);
  const Mapping end = {kHighest, kHighest, false, false};
  if (error == 0) error = note_gap_before(end, nullptr);
  if (error != 0) {
    gaps.count = 0;
    return error;
  }
  error = take_gaps();
  if (error != 0) end_dense_heap();
  return error;
}

void end_dense_heap() {
  for (int i = 0; i < gaps.count; i++)
    munmap(reinterpret_cast<void*>(gaps.list[i].start), gaps.list[i].end - gaps.list[i].start);
  gaps.count = 0;
}

int make_huge_pages() {
  HugePages huge = {static_cast<size_t>(sysconf(_SC_PAGESIZE)), 0};
  if (huge.page_size < 4096 || huge.page_size > kHugePage) return 0;
  // Mappings that children do not inherit are separate from their neighbors.
  if (let_children_inherit_heap() == 0) visit_mappings(make_within, &huge);
  return huge.made;
}

}  // namespace forker
