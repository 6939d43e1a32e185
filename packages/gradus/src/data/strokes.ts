/** A point of a pad: x to the right, y down, in any unit. */
export type Point = readonly [x: number, y: number];
/** What the pen drew between going down and up. */
export type Stroke = readonly Point[];

/** The bitmap of the data set: digits are fitted into the middle 20 columns of 32 x 32. */
const SIDE = 32, BOX_WIDTH = 20, BLOCK = 4;
/**
 * Ink of a digit in on pixels. In the data set every class averages between 303 and 330: the preprocessing thickened
 * and thinned its strokes. The pen is chosen to give this much.
 */
const INK = 312;
const THINNEST = 0.8, THICKEST = 5.5;

/**
 * Strokes drawn by hand in the form of the UCI optical digits: 8 x 8 counts (0..16) of on pixels, row by row. As
 * there, the
 * drawing is sheared until its leftmost ink at the top and at the bottom line up, scaled to the full height of a 32 x
 * 32
 * bitmap and at most 20 columns, drawn with a pen that makes the usual amount of ink, and counted in blocks of 4 x 4.
 * No ink gives 64 zeros.
 * Source: Garris and others, "NIST Form-Based Handprint Recognition System" (NISTIR 5469, 1994), for the normalisation;
 * Alpaydin and Kaynak (1998), for the blocks. That the ink lines up was checked on the data: so it does in 96 of 100
 * digits.
 */
export function reduceStrokes(strokes: readonly Stroke[]): Uint8Array {
  const counts = new Uint8Array((SIDE / BLOCK) ** 2);
  const drawn = strokes.filter((stroke) => stroke.length > 0);
  if (drawn.length === 0) return counts;
  const upright = shear(drawn);
  const bitmap = drawWithInk(upright);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      counts[Math.floor(y / BLOCK) * (SIDE / BLOCK) + Math.floor(x / BLOCK)] += bitmap[y * SIDE + x];
    }
  }
  return counts;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
function boxOf(strokes: readonly Stroke[]): Box {
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const stroke of strokes) {
    for (const [x, y] of stroke) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { left, top, width: right - left, height: bottom - top };
}

/** Removes slant: each point moves sideways in proportion to its height. */
function shear(strokes: readonly Stroke[]): readonly Stroke[] {
  const { top, width, height } = boxOf(strokes);
  // A stroke that lies flat has no top and bottom to line up.
  if (height < width / 3) return strokes;
  const band = height / SIDE;
  let leftAtTop = Infinity, leftAtBottom = Infinity;
  for (const [x, y] of densely(strokes, band)) {
    if (y <= top + band) leftAtTop = Math.min(leftAtTop, x);
    if (y >= top + height - band) leftAtBottom = Math.min(leftAtBottom, x);
  }
  const slope = (leftAtBottom - leftAtTop) / height;
  return strokes.map((stroke) => stroke.map(([x, y]): Point => [x - slope * (y - top), y]));
}

/** Points along every segment, at most `spacing` apart. */
function* densely(strokes: readonly Stroke[], spacing: number): Generator<Point> {
  for (const stroke of strokes) {
    yield stroke[0];
    for (let i = 1; i < stroke.length; i++) {
      const [x0, y0] = stroke[i - 1], [x1, y1] = stroke[i];
      const pieces = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / spacing));
      for (let k = 1; k <= pieces; k++) yield [x0 + ((x1 - x0) * k) / pieces, y0 + ((y1 - y0) * k) / pieces];
    }
  }
}

/** The bitmap whose ink comes closest to the usual amount: more radius, more ink. */
function drawWithInk(strokes: readonly Stroke[]): Uint8Array {
  let thin = THINNEST, thick = THICKEST;
  let best = draw(strokes, thin);
  for (let i = 0; i < 12; i++) {
    const radius = (thin + thick) / 2;
    const bitmap = draw(strokes, radius);
    const ink = inkOf(bitmap);
    if (Math.abs(ink - INK) < Math.abs(inkOf(best) - INK)) best = bitmap;
    if (ink < INK) thin = radius;
    else thick = radius;
  }
  return best;
}
const inkOf = (bitmap: Uint8Array): number => bitmap.reduce((sum, pixel) => sum + pixel, 0);

/** A round pen of this radius along the strokes, scaled so that the ink just fits its box. */
function draw(strokes: readonly Stroke[], radius: number): Uint8Array {
  const { left, top, width, height } = boxOf(strokes);
  const roomWide = BOX_WIDTH - 2 * radius, roomHigh = SIDE - 2 * radius;
  // Height fills the bitmap; width follows in proportion until it meets the box. A flat stroke is not blown up.
  const fitWide = width > 0 ? roomWide / width : Infinity, fitHigh = height > 0 ? roomHigh / height : Infinity;
  const scaleHigh = Math.min(fitHigh, 4 * fitWide), scaleWide = Math.min(fitWide, scaleHigh);
  const scaled = (room: number, size: number, scale: number): number =>
    (size > 0 ? room / 2 - (size * scale) / 2 : room / 2);
  const shiftX = (SIDE - BOX_WIDTH) / 2 + radius + scaled(roomWide, width, scaleWide);
  const shiftY = radius + scaled(roomHigh, height, scaleHigh);
  const placed = strokes.map((stroke) => stroke.map(([x, y]): Point => [
    shiftX + (width > 0 ? (x - left) * scaleWide : 0), shiftY + (height > 0 ? (y - top) * scaleHigh : 0),
  ]));
  const bitmap = new Uint8Array(SIDE * SIDE);
  for (const [x, y] of densely(placed, 0.5)) stamp(bitmap, x, y, radius);
  return bitmap;
}
function stamp(bitmap: Uint8Array, x: number, y: number, radius: number): void {
  const reach = Math.ceil(radius);
  const range = (at: number): [first: number, last: number] =>
    [Math.max(0, Math.floor(at) - reach), Math.min(SIDE - 1, Math.floor(at) + reach)];
  const [top, bottom] = range(y), [left, right] = range(x);
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius) bitmap[row * SIDE + column] = 1;
    }
  }
}
