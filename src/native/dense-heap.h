#pragma once

namespace forker {

// From now on, V8 gets the pages of its heap next to each other. 0 or an errno: it gets them where it did before.
int begin_dense_heap();

// From now on, V8 gets pages at random addresses again.
void end_dense_heap();

// Replaces what is full of small pages by huge ones where that is possible, and returns how many it has made.
int make_huge_pages();

}  // namespace forker
