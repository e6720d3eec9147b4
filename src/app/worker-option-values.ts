/** What a BullMQ Worker accepts as the values of its options. */

type Fields = Readonly<Record<string, unknown>>;

export function isAtLeast(minimum: number, value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= minimum;
}

export function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

export function anyText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isLimiter(value: unknown): boolean {
  return isFields(value) && isAtLeast(1, value["max"]) && isAtLeast(1, value["duration"]);
}

export function isMetrics(value: unknown): boolean {
  return isFields(value) && isOptional(value["maxDataPoints"], (one) => isAtLeast(1, one));
}

/** BullMQ packs it into a script's arguments as it is: a boolean would be a fault in the script. */
export function isKeepJobs(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { age, count, limit } = value;
  const isGiven = age !== undefined || count !== undefined;
  return isGiven && [age, count, limit].every((one) => isOptional(one, (number) => isAtLeast(-1, number)));
}

export function isTelemetry(value: unknown): boolean {
  return isFields(value) && isFields(value["tracer"]) && isFields(value["contextManager"]);
}

export function isSettings(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { backoffStrategy, repeatStrategy, repeatKeyHashAlgorithm, ...others } = value;
  return (
    Object.keys(others).length === 0 &&
    [backoffStrategy, repeatStrategy].every((one) => isOptional(one, (other) => typeof other === "function")) &&
    isOptional(repeatKeyHashAlgorithm, anyText)
  );
}

function isOptional(value: unknown, accepts: (value: unknown) => boolean): boolean {
  return value === undefined || accepts(value);
}
