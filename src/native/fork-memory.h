#pragma once

namespace forker {

// 0 or an errno.
int let_children_inherit_heap();

}  // namespace forker
