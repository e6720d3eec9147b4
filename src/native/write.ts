/** What src/native/write-now.cc exports. */
export interface WriteBinding {
  /**
   * Writes what can be written at once of the bytes from this offset on: how many, or minus an errno; -EAGAIN: the reader has
   * fallen behind. Also where O_NONBLOCK is not set: it belongs to all who share the descriptor.
   */
  writeNow(fd: number, bytes: Buffer, from: number): number;
}
