export type SideName = "node" | "forker";

export interface Account {
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly state: string; readonly attempts: number; readonly result: unknown; readonly reason?: string }
    >
  >;
  readonly events: Readonly<Record<string, readonly string[]>>;
  readonly everywhere: readonly string[];
  readonly metrics: Readonly<Record<string, boolean>>;
  readonly limiter: {
    readonly jobs: number;
    readonly spanMs: number;
    /** The shortest that the limit allows. */
    readonly leastSpanMs: number;
    readonly bySecond: readonly number[];
  };
  readonly exit: number | string;
  readonly farewell: readonly string[];
}

export function runScenario(
  name: "classic" | "nest",
  side: SideName,
  options?: { folder?: string; file?: string; node?: string; env?: Readonly<Record<string, string>> },
): Promise<Account>;
