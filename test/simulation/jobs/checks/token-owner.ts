/** The worker whose token this is. */
export function ownerOf(token: string): string {
  return token.split(":", 1)[0] ?? "";
}
