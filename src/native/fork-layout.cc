// Finds the object in Node that owns V8's threads without relying on any offset: objects are recognized by the
// addresses of their vtables, and anything unexpected is a refusal.
#include "fork-layout.h"

#include <malloc.h>
#include <string.h>

#include "memory-probe.h"
#include "tracing-loop.h"

namespace forker {
namespace {

// NodePlatform has 17 to 20 words in Node 20 to 26. Searching past its end is harmless, because a match proves itself.
constexpr size_t kPlatformWords = 40;
// In a control block, the reference counts lie between the vtable pointer and the object.
constexpr size_t kControlHeader = 16;
// The offset to top and the type information precede the first virtual function (Itanium C++ ABI, 2.5.2).
constexpr size_t kVtableHeader = 16;

uintptr_t number_of(const void* address) { return reinterpret_cast<uintptr_t>(address); }

bool has_vtable(MemoryProbe* probe, uintptr_t object, const void* vtable) {
  uintptr_t first = 0;
  return probe->read_word(object, &first) && first == number_of(vtable) + kVtableHeader;
}

bool find_platform(MemoryProbe* probe, const NodeSymbols& symbols, uintptr_t* platform, Refusal* refusal) {
  int found = 0;
  for (size_t at = 0; at + sizeof(uintptr_t) <= symbols.platform_size; at += sizeof(uintptr_t)) {
    uintptr_t word = 0;
    if (!probe->read_word(number_of(symbols.address[kPlatform]) + at, &word)) continue;
    if (!has_vtable(probe, word, symbols.address[kPlatformVtable])) continue;
    *platform = word;
    found++;
  }
  if (found == 1) return true;
  return refuse(refusal, "Node's platform object was found %s", found == 0 ? "nowhere" : "more than once");
}

bool find_runner(MemoryProbe* probe, const NodeSymbols& symbols, uintptr_t platform, RunnerPointer** runner,
                 Refusal* refusal) {
  int found = 0;
  for (size_t word = 1; word + 1 < kPlatformWords; word++) {
    const uintptr_t at = platform + word * sizeof(uintptr_t);
    uintptr_t object = 0, control = 0;
    if (!probe->read_word(at, &object) || !probe->read_word(at + sizeof(uintptr_t), &control)) break;
    if (control == 0 || control + kControlHeader != object) continue;
    if (!has_vtable(probe, control, symbols.address[kControlVtable])) continue;
    *runner = reinterpret_cast<RunnerPointer*>(at);
    found++;
  }
  if (found == 1) return true;
  return refuse(refusal, "the owner of V8's threads was found %s", found == 0 ? "nowhere" : "more than once");
}

template <typename Function>
void bind(void* symbol, Function* function) {
  memcpy(function, &symbol, sizeof symbol);
}

void bind_functions(const NodeSymbols& found, Layout* layout) {
  void* const* symbols = found.address;
  bind(symbols[kDrain], &layout->blocking_drain);
  bind(symbols[kShutdown], &layout->shutdown);
  bind(symbols[kConstruct], &layout->construct);
  bind(symbols[kThreadCount], &layout->thread_count);
  bind(symbols[kLoopFork], &layout->loop_fork);
  bind(symbols[kQueueWork], &layout->queue_work);
  if (found.has_priorities) bind(symbols[kPostTask], &layout->post_task);
}

// In every Node the allocation is an upper bound of the object's size: std::make_shared took it from malloc.
bool measure(Layout* layout, Refusal* refusal) {
  layout->block_size = malloc_usable_size(layout->runner->control);
  if (layout->block_size < 128 || layout->block_size > 8192)
    return refuse(refusal, "the owner of V8's threads has an implausible size");
  layout->threads = layout->thread_count(layout->runner->object);
  // One thread schedules delayed tasks, and there is at least one worker: Node takes --v8-pool-size as at least one.
  if (layout->threads < 2 || layout->threads > 1024)
    return refuse(refusal, "the owner of V8's threads reports an implausible number of them");
  return true;
}

}  // namespace

bool find_layout(const NodeSymbols& symbols, Layout* layout, Refusal* refusal) {
  MemoryProbe probe;
  if (!probe.open()) return refuse(refusal, "cannot create a pipe to probe memory");
  uintptr_t platform = 0;
  if (!find_platform(&probe, symbols, &platform, refusal)) return false;
  if (!find_runner(&probe, symbols, platform, &layout->runner, refusal)) return false;
  if (!is_loop(&probe, number_of(symbols.tracing_loop)))
    return refuse(refusal, "the tracing agent's event loop has moved");
  layout->certificate_threads = symbols.certificate_threads;
  layout->tracing_loop = symbols.tracing_loop;
  bind_functions(symbols, layout);
  return measure(layout, refusal);
}

}  // namespace forker
