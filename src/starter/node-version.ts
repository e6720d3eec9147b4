/** Majors that forker runs on, the one to choose first before the others. */
const supported = [24, 22, 26] as const;

/** The major version of Node for an image, by `engines.node`. undefined: the range allows none that forker runs on. */
export function nodeMajorFor(range: string | undefined): number | undefined {
  return supported.find((major) => range === undefined || allows(range, major));
}

/** By the newest release of a major, which is what an image has. A range in a form that npm does not know allows each. */
function allows(range: string, major: number): boolean {
  return range.split("||").some((part) => {
    const span = /^\s*v?(\d+)\S*\s+-\s+v?(\d+)\S*\s*$/.exec(part);
    if (span !== null) return Number(span[1]) <= major && major <= Number(span[2]);
    const comparators = part.matchAll(/(>=|<=|>|<|=|\^|~)?\s*v?(\d+)((?:\.\d+)*)\S*/g);
    return [...comparators].every(([, operator, number, rest]) =>
      meets(operator ?? "=", Number(number), /[1-9]/.test(rest ?? ""), rest === "", major),
    );
  });
}

/** `isLater`: the version is not the first of its major. `isWhole`: it names the major alone. */
function meets(operator: string, version: number, isLater: boolean, isWhole: boolean, major: number): boolean {
  switch (operator) {
    case ">=":
      return major >= version;
    case ">":
      return isWhole ? major > version : major >= version;
    case "<":
      return isLater ? major <= version : major < version;
    case "<=":
      return isWhole || isLater ? major <= version : major < version;
    default:
      return major === version;
  }
}
