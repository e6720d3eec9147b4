import type { Account, SideName } from "./run.mjs";

export function differencesOf(plain: Account, ours: Account): string[];
export function reportOf(names: readonly SideName[], accounts: readonly Account[]): string;
