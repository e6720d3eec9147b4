export const strict: readonly string[];
export function addonName(arch?: string): string;
export function buildAddon(arch?: string, options?: readonly string[]): string;
export function compileAddon(compiler: readonly string[], file: string): string;
