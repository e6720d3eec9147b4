/** What src/native/fork.cc exports. */
export interface ForkBinding {
  /** Looks for every symbol and object that the fork needs. Never changes anything. */
  inspectLayout(): { supported: true } | { supported: false; reason: string };
}
