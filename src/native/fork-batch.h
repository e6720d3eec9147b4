#pragma once
#include <sys/types.h>

#include "fork-threads.h"

namespace forker {

constexpr int kLargestBatch = 1024;

// The template forks one intermediate process, which forks the workers and exits. The workers thus become children of
// init, which can wait for them and with which they can die, and the death of the template kills none of them.
struct Batch {
  int count;
  // How many are actually forked, counted from index 0.
  int room;
  int pipe[2];
  // The index of this worker; -1 in the template.
  int index;
  // Each worker's pid, or -errno.
  pid_t pids[kLargestBatch];
};

// In a worker of a batch: its parent until init becomes its parent. 0 elsewhere.
extern pid_t intermediate_pid;

// 0 or an errno. Workers beyond `room` fail with EAGAIN.
int open_batch(Batch* batch, int count, int room);

// A ForkFn whose context is the Batch.
pid_t fork_batch(void* batch);

// Called in the template after fork_batch: collects the pids until `deadline` (now_ms). Unreported workers count as
// failed.
void gather_batch(Batch* batch, pid_t pid, double deadline);

void close_batch(Batch* batch);

}  // namespace forker
