import { createHash } from "node:crypto";

/** Messages carry a longer id in a short form, which is just as unique. */
const longestId = 512;
const longestReadableId = 8 * 1_024;
const shownOfId = 100;
const shortId = /\u2026sha256:[0-9a-f]{64}$/;

/**
 * A job's id as messages carry it and as people see it: the id itself, or, if it is too long for a message, its beginning and a
 * hash of the whole. Two ids that were only cut off could become the same. A process that has the whole id compares its short
 * form.
 */
export function fitId(id: string): string {
  return id.length <= longestId ? id : shortForm(id);
}

/** The same for an id by which a process reads the job: ids that are much longer stay unchanged. */
export function fitReadableId(id: string): string {
  return id.length <= longestReadableId ? id : shortForm(id);
}

function shortForm(id: string): string {
  // Hashes the code units: encoded as UTF-8, all halves of surrogate pairs would be the same.
  const hash = createHash("sha256").update(Buffer.from(id, "utf16le")).digest("hex");
  return `${id.slice(0, shownOfId).toWellFormed()}…sha256:${hash}`;
}

export function isShortId(id: string): boolean {
  return shortId.test(id);
}

/** Messages always carry the whole name of a queue. forker ignores a queue with a longer name. */
export const longestQueueName = 4_096;

const longestText = 16 * 1_024;
const shownAtEnd = 4 * 1_024;

/** Shortens what people read, such as a message or a stack, to its beginning and its end. */
export function fitText(text: string): string {
  if (text.length <= longestText) return text;
  const mark = ` … (${text.length - longestText} characters left out) … `;
  return `${text.slice(0, longestText - shownAtEnd)}${mark}${text.slice(-shownAtEnd)}`.toWellFormed();
}
