/** What src/native/memory-pressure.cc exports. */
export interface MemoryPressureBinding {
  /** Runs V8's collection for a system that is short of memory. false: this Node does not export it, and nothing was collected. */
  collectUnderPressure(): boolean;
}
