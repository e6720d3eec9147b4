#pragma once
#include <sys/types.h>

#include "fork-threads.h"

namespace forker {

constexpr int kLargestBatch = 1024;

// One fork of an intermediate, which forks the workers and is gone: so they become init's children, who can wait for them
// and whom they can follow into death, and the template's own death takes none of them along.
struct Batch {
  int count;
  // The first so many are forked.
  int room;
  int pipe[2];
  // Of the worker that this process is; -1 in the template.
  int index;
  // Each worker's pid, or -errno.
  pid_t pids[kLargestBatch];
};

// In a worker of a batch: the intermediate that it is waiting to lose; 0 elsewhere.
extern pid_t intermediate_pid;

// 0 or an errno. Workers past `room` fail with EAGAIN.
int open_batch(Batch* batch, int count, int room);

// A ForkFn: context is the Batch.
pid_t fork_batch(void* batch);

// In the template, after fork_batch: gathers the pids. What has not been reported at `deadline` (now_ms) never will be.
void gather_batch(Batch* batch, pid_t pid, double deadline);

void close_batch(Batch* batch);

}  // namespace forker
