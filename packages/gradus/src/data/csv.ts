import { DataError } from "../vocab/errors.ts";

/** One record of a CSV file and the line it starts on (from 1). */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads comma-separated values (RFC 4180): cells in double quotes may hold commas, line ends and "" for a quote. Empty
 * lines are left out. Throws a DataError that names the line when a quote is not closed or text follows one.
 */
export function parseCsv(
  text: string, options: { readonly name?: string; readonly delimiter?: string } = {},
): CsvRow[] {
  const { name = "CSV", delimiter = "," } = options;
  const rows: CsvRow[] = [];
  let line = 1, at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const row = { line, cells: [] as string[] };
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        [cell, at] = quoted(at + 1);
        if (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") {
          throw new DataError(`${name}, line ${line}: text follows a closing quote; write "" for a quote inside a ` +
            `cell`);
        }
      } else {
        const start = at;
        while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
        cell = text.slice(start, at);
      }
      row.cells.push(cell);
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (row.cells.length > 1 || row.cells[0].trim() !== "") rows.push(row);
  }
  return rows;

  function quoted(start: number): [cell: string, after: number] {
    let cell = "";
    for (let i = start; ;) {
      const close = text.indexOf('"', i);
      if (close < 0) throw new DataError(`${name}, line ${line}: a quote is opened and never closed`);
      cell += text.slice(i, close);
      if (text[close + 1] !== '"') {
        line += cell.split("\n").length - 1;
        return [cell, close + 1];
      }
      cell += '"';
      i = close + 2;
    }
  }
}
