/** A script that `defineCommand` has added to the client as a method. */
export type Script<Result> = (numberOfKeys: number, ...keysAndArguments: (string | number)[]) => Promise<Result>;
