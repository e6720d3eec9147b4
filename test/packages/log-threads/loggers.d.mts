export const loggers: Readonly<Record<string, () => Promise<(text: string) => void>>>;
