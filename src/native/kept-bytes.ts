/** What src/native/kept-bytes.cc exports. Throws a `NativeError` if a system call fails. */
export interface KeptBytesBinding {
  /** Creates a memfd with these bytes that cannot be changed. It is closed on exec. */
  keepBytes(bytes: Buffer): number;
}
