/** A reply in a form that is compared: a status begins with "+", an error with "-". */
export type Decoded =
  | number
  | string
  | null
  | { readonly text: string }
  | { readonly double: string }
  | { readonly map: Decoded[] }
  | Decoded[];

/** Decodes the reply that begins at `start`; undefined if it is incomplete. Strings have one character for each byte. */
export function decodeReply(text: string, start = 0): { readonly value: Decoded; readonly end: number } | undefined {
  const lineEnd = text.indexOf("\r\n", start);
  if (lineEnd < 0) return undefined;
  const line = text.slice(start + 1, lineEnd);
  const after = lineEnd + 2;
  switch (text[start] ?? "") {
    case ":":
      return { value: Number.isSafeInteger(Number(line)) ? Number(line) : `:${line}`, end: after };
    case "+":
    case "-":
      return { value: text.slice(start, lineEnd), end: after };
    case "_":
      return { value: null, end: after };
    case ",":
      return { value: { double: line }, end: after };
    case "$":
    case "=":
      return decodeText(text, after, Number(line), text[start] === "=" ? 4 : 0);
    case "*":
    case "~":
      return decodeList(text, after, Number(line));
    case "%": {
      const list = decodeList(text, after, 2 * Number(line));
      return list && { value: { map: list.value as Decoded[] }, end: list.end };
    }
    default:
      throw new Error(`expected a reply, got ${JSON.stringify(text.slice(start, start + 40))}`);
  }
}

function decodeText(text: string, after: number, length: number, skipped: number) {
  if (length < 0) return { value: null, end: after };
  if (text.length < after + length + 2) return undefined;
  return { value: { text: text.slice(after + skipped, after + length) }, end: after + length + 2 };
}

function decodeList(text: string, after: number, length: number): { value: Decoded; end: number } | undefined {
  if (length < 0) return { value: null, end: after };
  const value: Decoded[] = [];
  let end = after;
  for (let count = 0; count < length; count++) {
    const item = decodeReply(text, end);
    if (item === undefined) return undefined;
    value.push(item.value);
    ({ end } = item);
  }
  return { value, end };
}
