/** Which cells of a page a cell needs, and which names come from where. Plain data in, plain data out. */

export interface CellNames {
  readonly id: string;
  /** Names it makes at its top. */
  readonly names: readonly string[];
  /** Names it uses and does not make. */
  readonly uses: readonly string[];
}

/** The nearest earlier cell that makes each name that the cell at `index` uses. */
export function originsOf(cells: readonly CellNames[], index: number): Readonly<Record<string, string>> {
  const origins: Record<string, string> = {};
  for (const name of cells[index].uses) {
    const maker = cells.slice(0, index).findLast((cell) => cell.names.includes(name));
    if (maker !== undefined) origins[name] = maker.id;
  }
  return origins;
}

/**
 * The cells to run, in order, so that the last of them, `id`, finds its names: itself, and those it rests on that are
 * not `fresh` or rest on one that is run again.
 */
export function planRun(cells: readonly CellNames[], id: string, fresh: (id: string) => boolean): string[] {
  const place = (wanted: string): number => cells.findIndex((cell) => cell.id === wanted);
  const planned = new Set<string>();
  const seen = new Set<string>();
  const visit = (wanted: string, must: boolean): void => {
    if (seen.has(wanted)) return;
    seen.add(wanted);
    const rests = [...new Set(Object.values(originsOf(cells, place(wanted))))];
    for (const other of rests) visit(other, false);
    if (must || !fresh(wanted) || rests.some((other) => planned.has(other))) planned.add(wanted);
  };
  visit(id, true);
  return [...planned].sort((a, b) => place(a) - place(b));
}
