#pragma once

namespace forker {

// 0, or the errno that keeps the heap from being inherited.
int let_children_inherit_heap();

}  // namespace forker
