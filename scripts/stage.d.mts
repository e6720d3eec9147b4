export function stage(root: string): { readonly folder: string; readonly end: () => void };
