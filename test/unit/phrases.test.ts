import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { phrases } from "../../scripts/phrases.mjs";

/** The names of the phrases that a sentence contains. */
function found(sentence: string): string[] {
  return phrases.filter(({ pattern }) => sentence.search(pattern) !== -1).map(({ name }) => name);
}

describe("the list of phrases", () => {
  for (const [sentence, name] of [
    ["The application is loaded anew.", "anew"],
    ["A worker that is no\n more.", "is no more"],
    ["Its job is not ours any more.", "not … any more"],
    ["The worker is told of it.", "told of"],
    ["Its end was told in the log.", "told of"],
    ["Every change is told.", "is told"],
    ["A log that tells of it.", "tells of"],
    ["Who has none gets a lease.", "Who … (headless)"],
    ["undefined: who asked is gone.", "Who … (headless)"],
    ["Of who was beside us the kernel knows.", "beside"],
    ["The locks of who is dead.", "of who … (headless)"],
    ["Whoever asks first.", "whoever"],
    ["Unit tests besides, and a property.", "besides (adverb)"],
    ["Expected a text.", "a text"],
    ["5, of import, is no time such as 30s", "is no <noun>"],
    ["A worker that takes no job for so long.", "for so long"],
    ["The lock is over.", "lock/job is over"],
    ["All the queues that there are.", "that there is"],
    ["init starts it again and again.", "again and again"],
    ["The job is started once more.", "once more"],
    ["A socket of ours.", "ours"],
    ["It kills us.", "ours"],
    ["The template lives on.", "lives on"],
    ["A pipe that everybody has.", "everybody"],
    ["Those whom nobody has waited for.", "those whom"],
    ["init looks which of them has ended.", "looks whether"],
    ["Logged once in ten seconds.", "once in ten seconds"],
    ["Another Node than this one.", "another than"],
    ["Kept also where the lock has expired.", "also when"],
    ["A test in the place of init.", "in the place of"],
    ["It ended in this moment.", "in this moment"],
    ["The queue has it no more.", "no more (at the end)"],
    ["Or the other way round.", "the other way round"],
    ["The keeper does not wait, and init neither.", "neither (at the end)"],
    ["A worker was never born.", "born, birth"],
  ] as const) {
    test(`rejects ${JSON.stringify(sentence)}`, () =>
      assert.ok(found(sentence).includes(name), found(sentence).join()));
  }

  for (const sentence of [
    "The worker was told to stop.",
    "There is no such file; there are no more than two.",
    "A process that no longer exists.",
    "The user who has the port.",
    "Who has the port?",
    "Both cannot be told apart.",
    "Besides the negations, a queue.",
    "A text file; the text of the message.",
    "The deadline is over 24 h.",
    "null if there is none",
    "It takes no longer than a second.",
    "Neither init nor the keeper waits.",
  ]) {
    test(`accepts ${JSON.stringify(sentence)}`, () => assert.deepEqual(found(sentence), []));
  }
});
