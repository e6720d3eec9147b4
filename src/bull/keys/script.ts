/** A script as `defineCommand` makes it a method of the client. */
export type Script<Result> = (numberOfKeys: number, ...keysAndArguments: (string | number)[]) => Promise<Result>;
