export interface CurveOptions {
  /** Characters of the drawing, without the labels. */
  readonly width?: number;
  readonly height?: number;
}

/** Bits of a braille character (U+2800): two dots across, four down. */
const DOTS = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]] as const;

/**
 * A curve in braille characters, each 2 x 4 dots, with the highest and lowest value at the left. Where there are more
 * values than dots, a dot is the mean of its share. Values that are not finite are left out.
 */
export function drawCurve(values: readonly number[], options: CurveOptions = {}): string[] {
  const { width = 60, height = 8 } = options;
  const columns = means(values.filter(Number.isFinite), width * 2);
  if (columns.length === 0) return [];
  const low = Math.min(...columns), high = Math.max(...columns);
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const rowOf = (value: number): number =>
    high === low ? height * 2 : Math.round(((high - value) / (high - low)) * (height * 4 - 1));
  columns.forEach((value, x) => {
    const y = rowOf(value), before = x === 0 ? y : rowOf(columns[x - 1]);
    // Join neighbours by a vertical line, so that a steep curve has no gaps.
    const [from, to] = before < y ? [before + 1, y] : before > y ? [y, before - 1] : [y, y];
    for (let dot = from; dot <= to; dot++) cells[dot >> 2][x >> 1] |= DOTS[dot & 3][x & 1];
  });
  const labels = new Map([[0, high], [height - 1, low]].map(([row, value]) => [row, value.toPrecision(3)]));
  const margin = Math.max(...[...labels.values()].map((label) => label.length));
  return cells.map((row, y) => {
    const drawing = Array.from(row, (bits) => String.fromCharCode(0x2800 + bits)).join("");
    return `${(labels.get(y) ?? "").padStart(margin)} ${y in { 0: 0, [height - 1]: 0 } ? "┤" : "│"}${drawing}`;
  });
}
/** At most `count` values, each the mean of its share. */
function means(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, i) => {
    const share = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return share.reduce((sum, value) => sum + value, 0) / share.length;
  });
}
