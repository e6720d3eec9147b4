/**
 * A logger for forker's lines, as pino and bunyan have it. The type is structural, because the application's pino may be of
 * another version, or missing.
 */
export interface ForkerLogger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  fatal: LogMethod;
  child(bindings: Record<string, unknown>): ForkerLogger;
}

/** A message, or fields and a message. */
interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}
