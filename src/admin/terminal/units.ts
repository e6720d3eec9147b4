/** `0.4 s`, `12 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h` */
export function elapsedText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const [days = 0, hours = 0, minutes = 0] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit));
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (hours < 1) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return days < 1 ? `${hours} h ${minutes % 60} min` : `${days} d ${hours % 24} h`;
}

export function megabytes(kb: number): string {
  return `${(kb / 1024).toFixed(1)} MB`;
}

/** Of a process that the template has not reported yet, init has no pid: the status says 0. */
export function pidText(pid: number): string {
  return pid === 0 ? "" : String(pid);
}
