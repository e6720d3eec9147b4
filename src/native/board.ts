/** What src/native/board.cc and signal-times.cc export. Each throws a `NativeError` where a system call fails. */
export interface BoardBinding {
  /** A memfd of this size, zeroed, that nobody can shrink or grow. It closes on exec. */
  createBoard(sizeBytes: number): number;
  /** Maps it, shared, for as long as this process and its forked children live. The descriptor may be closed then. */
  mapBoard(fd: number, sizeBytes: number): ArrayBuffer;
  /**
   * From now on the handler of this signal writes the monotonic milliseconds of its coming there, as a float64, before it does
   * what it did. EINVAL: nobody listens to the signal. It lasts until the last listener is gone.
   */
  recordSignal(signal: number, offset: number, board: ArrayBuffer): void;
}
