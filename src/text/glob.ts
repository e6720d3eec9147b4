/**
 * Whether a glob matches a whole text: `*` matches any characters, `?` one. It takes at most as many steps as the product of the
 * lengths, so a glob from elsewhere cannot occupy the process, as a regular expression could.
 */
export function matchesGlob(glob: string, text: string): boolean {
  let [at, from] = [0, 0];
  /** Behind the last `*`, and where the text that follows it is tried. */
  let star: { readonly behind: number; tried: number } | undefined;
  while (from < text.length) {
    if (glob[at] === "*") star = { behind: ++at, tried: from };
    else if (at < glob.length && (glob[at] === "?" || glob[at] === text[from])) [at, from] = [at + 1, from + 1];
    else if (star !== undefined) [at, from] = [star.behind, ++star.tried];
    else return false;
  }
  return /^\**$/.test(glob.slice(at));
}
