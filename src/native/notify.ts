/** What src/native/notify.cc exports. */
export interface NotifyBinding {
  /**
   * Sends a string as one datagram to a unix socket, without waiting. `@name`: an abstract one. Returns 0, or an errno; EAGAIN: the
   * receiver has fallen behind.
   */
  notify(socket: string, text: string): number;
}
