/** What src/native/kept-bytes.cc exports. Throws a `NativeError` where a system call fails. */
export interface KeptBytesBinding {
  /** A memfd that holds these bytes, and that nobody can change. It closes on exec. */
  keepBytes(bytes: Buffer): number;
}
