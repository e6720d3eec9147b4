import { displayWidth } from "./display-width.ts";
import { type Line, type Piece, piece } from "./styled.ts";

export interface Column {
  readonly title: string;
  /** Numbers end at the same column. */
  readonly isNumber?: true;
}

/** One cell of each column; the last one may consist of several pieces. */
export type Row = readonly Line[];

const gap = "  ";

/** Aligned lines, the titles first. */
export function tableLines(columns: readonly Column[], rows: readonly Row[]): Line[] {
  const titles: Row = columns.map(({ title }) => [piece(title, "dim")]);
  const all = [titles, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => widthOf(row[at] ?? []))));
  return all.map((row) =>
    row.flatMap((cell, at): Piece[] => {
      const room = piece(" ".repeat((widths[at] ?? 0) - widthOf(cell)));
      const padded = columns[at]?.isNumber === true ? [room, ...cell] : [...cell, room];
      return at === 0 ? padded : [piece(gap), ...padded];
    }),
  );
}

function widthOf(cell: Line): number {
  return cell.reduce((sum, { text }) => sum + displayWidth(text), 0);
}
