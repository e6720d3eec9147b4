/** What src/native/write-now.cc exports. */
export interface WriteBinding {
  /**
   * Writes as many of the bytes from this offset on as it can without waiting. Returns their number, or a negative errno;
   * -EAGAIN: the reader has fallen behind. Does not need O_NONBLOCK, which all processes that share the descriptor would get.
   */
  writeNow(fd: number, bytes: Buffer, from: number): number;
}
