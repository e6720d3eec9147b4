import { setFlagsFromString } from "node:v8";

/** Names of functions that V8's compilers may compile. What a pattern after "-" matches, they may not. */
const all = "--sparkplug-filter=* --maglev-filter=* --turbo-filter=*";
const none = all.replaceAll("*", "-*");

/**
 * From now on, V8 compiles no function to machine code, and calls those that it has compiled. A process that lives for milliseconds
 * ends before that pays: it inherits functions that were almost called often enough, and would compile the same ones as each of its
 * siblings. Unlike the compilers' own flags, the filters cannot turn on what Node or its user has turned off.
 */
export function preventOptimizing(): void {
  setFlagsFromString(none);
}

export function allowOptimizing(): void {
  setFlagsFromString(all);
}
