/** What src/native/board.cc and signal-times.cc export. Each throws a `NativeError` if a system call fails. */
export interface BoardBinding {
  /** Creates a zeroed memfd of this size that cannot shrink or grow. It is closed on exec. */
  createBoard(sizeBytes: number): number;
  /** Maps it, shared, for the life of this process and its forked children. The descriptor may be closed afterwards. */
  mapBoard(fd: number, sizeBytes: number): ArrayBuffer;
  /**
   * From now on, the signal's handler writes its arrival time at `offset`, in monotonic milliseconds as a float64, before it
   * calls libuv's handler. EINVAL: the signal has no listener. Ends when the last listener is removed.
   */
  recordSignal(signal: number, offset: number, board: ArrayBuffer): void;
}
