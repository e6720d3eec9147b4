/** Whether a key matches a pattern of KEYS or SCAN: `*`, `?`, `[a-c]`, `[^a]` and a backslash. */
export function globMatcher(pattern: string): (text: string) => boolean {
  if (pattern === "*") return () => true;
  const expression = new RegExp(`^${translate(pattern)}$`, "s");
  return (text) => expression.test(text);
}

function translate(pattern: string): string {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "\\" && at + 1 < pattern.length) source += literal(pattern[++at] ?? "");
    else if (character === "[") {
      const end = endOfClass(pattern, at);
      source += translateClass(pattern.slice(at + 1, end));
      at = end;
    } else source += literal(character);
  }
  return source;
}

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]") return at;
  }
  return pattern.length;
}

function translateClass(content: string): string {
  const negated = content.startsWith("^");
  const escaped = content
    .slice(negated ? 1 : 0)
    .replace(/\\(.)|[[\]^\\]/gs, (whole, plain?: string) => `\\${plain ?? whole}`);
  if (escaped === "") return negated ? "." : "(?!)";
  return `[${negated ? "^" : ""}${escaped}]`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
}
