import { createHash } from "node:crypto";

/** A job's id that is longer goes by a name that is as much its own. */
const longestId = 512;
const longestReadableId = 8 * 1_024;
const shownOfId = 100;
const shortId = /…sha256:[0-9a-f]{64}$/;

/**
 * The id of a job as messages carry it, and as people see it: itself, or its beginning and a hash of the whole where it is
 * longer than a message should be. Cut off, two jobs could be one. Whoever has the whole id compares its short form.
 */
export function fitId(id: string): string {
  return id.length <= longestId ? id : shortForm(id);
}

/** The same where the job has to be read by it: much longer ids are left as they are. */
export function fitReadableId(id: string): string {
  return id.length <= longestReadableId ? id : shortForm(id);
}

function shortForm(id: string): string {
  // By its code units: as UTF-8, all halves of a surrogate pair would be the same.
  const hash = createHash("sha256").update(Buffer.from(id, "utf16le")).digest("hex");
  return `${id.slice(0, shownOfId).toWellFormed()}…sha256:${hash}`;
}

export function isShortId(id: string): boolean {
  return shortId.test(id);
}

/** A queue is known by its whole name to everybody; one with a longer name is left alone. */
export const longestQueueName = 4_096;

const longestText = 16 * 1_024;
const shownAtEnd = 4 * 1_024;

/** What a person reads, such as a message or a stack: its beginning and its end. */
export function fitText(text: string): string {
  if (text.length <= longestText) return text;
  const mark = ` … (${text.length - longestText} characters left out) … `;
  return `${text.slice(0, longestText - shownAtEnd)}${mark}${text.slice(-shownAtEnd)}`.toWellFormed();
}
