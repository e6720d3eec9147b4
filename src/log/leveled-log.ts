import type { Logger } from "pino";

const levels = ["debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof levels)[number];

/** A logger, as far as reports of what happened need it. */
export type LeveledLog = Pick<Logger, Level>;

/** Passes each line on, whatever level the logger writes, and then to `record`. */
export function recording(
  log: LeveledLog,
  record: (level: Level, fields: object, message: string) => void,
): LeveledLog {
  const tap =
    (level: Level) =>
    (...line: readonly unknown[]): void => {
      Reflect.apply(log[level], log, line);
      const [fields, message] = typeof line[0] === "string" ? [{}, line[0]] : [line[0], line[1]];
      if (typeof fields === "object" && fields !== null && typeof message === "string") record(level, fields, message);
    };
  return Object.fromEntries(levels.map((level) => [level, tap(level)])) as unknown as LeveledLog;
}
