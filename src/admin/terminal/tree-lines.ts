import type { ProcessMemory, Status, WorkerStatus } from "../../protocol/status.ts";
import { printable } from "../../text/printable.ts";
import { lineText, piece } from "./styled.ts";
import { type Column, type Row, tableLines } from "./table.ts";
import { megabytes, pidText } from "./units.ts";

interface Branch {
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly memory: ProcessMemory | null;
  readonly branches: readonly Branch[];
}

const columns: readonly Column[] = [
  { title: "PROCESS" },
  { title: "PID", isNumber: true },
  { title: "STATE" },
  { title: "PRIVATE", isNumber: true },
  { title: "SHARED", isNumber: true },
  { title: "PROPORTIONAL", isNumber: true },
];

/** `forker tree`: each process below the one that started it, with what only it maps and what others map too. */
export function treeText(status: Status, isColoured = false): string {
  const root = treeOf(status);
  const rows = [...rowsOf(root, "", ""), totalRow(root)];
  return tableLines(columns, rows)
    .map((line) => lineText(line, isColoured))
    .join("\n");
}

function treeOf({ pid, phase, memory, keeper, templates, slots, spares, engine }: Status): Branch {
  const workers = [
    ...slots.flatMap((slot) => slot.workers.map((worker) => ({ worker, name: nameOf(slot.slot, slot.spec) }))),
    ...spares.map((worker) => ({ worker, name: "spare" })),
  ];
  const isForkedBy = (generation: number) =>
    engine === "fork" && templates.some((one) => one.generation === generation);
  const branchesOf = (list: typeof workers) => list.map(({ worker, name }) => branchOf(worker, name));
  return {
    name: "init",
    pid,
    state: phase,
    memory,
    branches: [
      ...(keeper === null ? [] : [{ name: "keeper", ...keeper, branches: [] }]),
      ...templates.map((template) => ({
        ...template,
        name: `template, generation ${template.generation}`,
        branches: isForkedBy(template.generation)
          ? branchesOf(workers.filter(({ worker }) => worker.generation === template.generation))
          : [],
      })),
      ...branchesOf(workers.filter(({ worker }) => !isForkedBy(worker.generation))),
    ],
  };
}

function nameOf(slot: number, spec: string): string {
  return `worker of slot ${slot} [${printable(spec, 60)}]`;
}

/** A runner exists for its worker, so it is below that, although a template has forked it. */
function branchOf({ pid, mode, generation, memory, runners }: WorkerStatus, name: string): Branch {
  const branches = runners.map((runner) => ({ ...runner, name: "runner", branches: [] }));
  return { name: `${name}, generation ${generation}`, pid, state: mode, memory, branches };
}

function* rowsOf({ name, pid, state, memory, branches }: Branch, own: string, below: string): Iterable<Row> {
  yield [[piece(own, "dim"), piece(name)], [piece(pidText(pid))], [piece(state)], ...memoryCells(memory)];
  for (const [index, branch] of branches.entries()) {
    const isLast = index === branches.length - 1;
    yield* rowsOf(branch, `${below}${isLast ? "└─ " : "├─ "}`, `${below}${isLast ? "   " : "│  "}`);
  }
}

/** Proportional memory counts a page that n processes share as an n-th in each, so its sum is what all of them use. */
function totalRow(root: Branch): Row {
  const all = flat(root);
  const sum = (of: (memory: ProcessMemory) => number) =>
    all.reduce((total, { memory }) => total + (memory === null ? 0 : of(memory)), 0);
  const proportionalKb = sum((memory) => memory.proportionalKb);
  const privateText = megabytes(sum((memory) => memory.privateKb));
  return [[piece("all", "bold")], [], [], [piece(privateText)], [], [piece(megabytes(proportionalKb), "bold")]];
}

function flat(branch: Branch): Branch[] {
  return [branch, ...branch.branches.flatMap(flat)];
}

function memoryCells(memory: ProcessMemory | null): Row {
  if (memory === null) return [[piece("unknown", "dim")], [], []];
  const { privateKb, residentKb, proportionalKb } = memory;
  return [privateKb, residentKb - privateKb, proportionalKb].map((kb) => [piece(megabytes(kb))]);
}
