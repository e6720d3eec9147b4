import { formatScore } from "../data/number-text.ts";
import { DoubleReply, MapReply, PairsReply, type Reply, ReplyError, Status, StreamsReply } from "../reply.ts";

export type Protocol = 2 | 3;

/** Encodes a reply. The string has one character for each byte. */
export function encodeReply(reply: Reply, protocol: Protocol): string {
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === "bigint") return `:${reply}\r\n`;
  if (typeof reply === "number") return `:${Math.abs(reply) < 1e21 ? BigInt(reply) : reply}\r\n`;
  if (reply === null) return protocol === 3 ? "_\r\n" : "$-1\r\n";
  if (Array.isArray(reply)) return encodeList("*", reply.length, reply, protocol);
  if (reply instanceof Status) return `+${reply.text}\r\n`;
  if (reply instanceof ReplyError) return `-${reply.message.replace(/[\r\n]/g, " ")}\r\n`;
  if (reply instanceof DoubleReply) {
    const text = formatScore(reply.value);
    return protocol === 3 ? `,${text}\r\n` : encodeReply(text, protocol);
  }
  if (reply instanceof MapReply) {
    const { entries } = reply;
    return protocol === 3 ? encodeList("%", entries.length / 2, entries, protocol) : encodeReply(entries, protocol);
  }
  if (reply instanceof StreamsReply) {
    const { streams } = reply;
    return encodeReply(protocol === 3 ? new MapReply(streams.flat()) : streams.map((one) => [...one]), protocol);
  }
  return encodePairs(reply, protocol);
}

function encodePairs({ pairs }: PairsReply, protocol: Protocol): string {
  return encodeReply(protocol === 3 ? pairs.map((pair) => [...pair]) : pairs.flat(), protocol);
}

function encodeList(type: "*" | "%", length: number, replies: readonly Reply[], protocol: Protocol): string {
  let text = `${type}${length}\r\n`;
  for (const reply of replies) text += encodeReply(reply, protocol);
  return text;
}
