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
  const isNegated = content.startsWith("^");
  let items = "";
  for (let at = isNegated ? 1 : 0; at < content.length; at++) {
    const character = content[at] ?? "";
    const end = content[at + 2];
    if (character === "\\" && at + 1 < content.length) items += literal(content[++at] ?? "");
    else if (content[at + 1] === "-" && end !== undefined) {
      items += character < end ? `${literal(character)}-${literal(end)}` : `${literal(end)}-${literal(character)}`;
      at += 2;
    } else items += literal(character);
  }
  if (items === "") return isNegated ? "." : "(?!)";
  return `[${isNegated ? "^" : ""}${items}]`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
}
