import { place, type PlacedGraph } from "../../graph/layout.ts";
import { parseGraph } from "../../graph/parse.ts";
import { shortName } from "../../graph/words.ts";
import { visible, type DrawnNode } from "../../graph/visible.ts";
import type { Parameter, Part } from "./protocol.ts";
import { matrixOf } from "./thumbnail.ts";

/** The drawing of a model as places and sizes: one heavy line, and parts that hang from it. */

/** A matrix drawn to scale, its corner and size in pixels. */
export interface Rectangle {
  readonly parameter: Parameter;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** The graph of an open part, and which of its buffers are which parameters. */
export interface Inside {
  readonly graph: PlacedGraph;
  readonly scale: number;
  readonly weights: ReadonlyMap<string, Parameter>;
}
export interface Unit {
  readonly part: Part;
  readonly label: string;
  /** Left edge and width of its column. */
  readonly x: number;
  readonly width: number;
  readonly rectangles: readonly Rectangle[];
  /** Its inside, when open. */
  readonly inside: Inside | null;
}
export interface Score {
  /** Whether parts beside an open one show less of themselves. */
  readonly tight: boolean;
  readonly units: readonly Unit[];
  readonly height: number;
  readonly line: number;
}

const LINE = 80, TOP = 118, LARGEST = 128, LEAST = 5, LETTER = 7, GAP = 22, PAD = 26;
/** What stands before the first and after the last part. */
const SIDES = 190;

/** What a part is called: numbered parts by their kind, others by their field. */
export function labelOf({ path, kind }: Pick<Part, "path" | "kind">): string {
  const last = path.split(".").at(-1)!;
  if (last === "") return kind;
  return /^\d+$/.test(last) ? `${kind} ${Number(last) + 1}` : last;
}
/** The number of a numbered part, the field of another. */
function shortLabel(part: Part): string {
  const last = part.path.split(".").at(-1)!;
  return /^\d+$/.test(last) ? String(Number(last) + 1) : labelOf(part);
}

/** The parts along the line: wrappers that hold everything are taken off, what does nothing is left out. */
export function alongTheLine(root: Part): readonly Part[] {
  let part = root;
  const wraps = ({ parts }: Part): boolean =>
    parts.length === 1 && parts[0].parts.length > 0 && parts[0].additions === 0;
  while (wraps(part)) [part] = part.parts;
  const parts = part.parts.filter(({ kind }) => !/^Dropout/.test(kind));
  return parts.length === 0 ? [part] : parts;
}
export const ownedBy = ({ path }: Part, parameters: readonly Parameter[]): Parameter[] =>
  parameters.filter((p) => path === "" || p.part === path || p.part.startsWith(`${path}.`));

/** Which of a part's parameters the buffers of its graph are: by shape, in the order of use. */
export function namedBuffers(part: Part, parameters: readonly Parameter[]): Map<string, Parameter> {
  const free = ownedBy(part, parameters), found = new Map<string, Parameter>();
  for (const { id, op, shape } of parseGraph(part.graph).nodes) {
    if (op !== "buffer") continue;
    const at = free.findIndex((p) => p.shape.join() === shape.join());
    if (at >= 0) found.set(id, ...free.splice(at, 1) as [Parameter]);
  }
  return found;
}

/** Lays the model out on a line of some width; one part may be open. */
export function scoreOf(root: Part, parameters: readonly Parameter[], open: string | null, width: number): Score {
  const parts = alongTheLine(root);
  const matrices = parameters.filter(({ shape }) => shape.length > 1);
  const scale = Math.min(4, LARGEST / Math.max(1, ...matrices.flatMap(({ shape }) => matrixOf(shape))));
  const sizeAt = (parameter: Parameter, factor: number): [number, number] => {
    const [rows, columns] = matrixOf(parameter.shape);
    return [Math.max(LEAST, columns * scale * factor), Math.max(LEAST, rows * scale * factor)];
  };
  /** Parts beside an open one may have to make room: numbers for names, and no counts. */
  const closedParts = (tight: boolean) => parts.map((part) => {
    const own = ownedBy(part, matrices).map((parameter) => ({ parameter, size: sizeAt(parameter, 0.5) }));
    const label = tight ? shortLabel(part) : labelOf(part);
    const letters = Math.max(label.length * LETTER, tight ? 0 : String(part.parameters).length * 8);
    const widest = Math.max(letters, ...own.map(({ size }) => size[0] + (tight ? 14 : 16)));
    return { part, label, own, width: widest + (tight ? 10 : GAP) };
  });
  const opened = parts.find(({ path }) => path === open);
  const widthBeside = (list: ReturnType<typeof closedParts>): number =>
    list.reduce((sum, unit) => sum + (unit.part === opened ? 0 : unit.width), 0);
  const weights = opened === undefined ? new Map<string, Parameter>() : namedBuffers(opened, parameters);
  const inner = opened === undefined ? null : place(visible(parseGraph(opened.graph), { foldBias: true }), {
    direction: "right", gap: 18, rank: 15, size: (node) => nodeSize(node, weights, sizeAt),
  });
  const roomy = closedParts(false);
  const tight = inner !== null && widthBeside(roomy) + inner.width + 2 * PAD > width - SIDES;
  const closed = tight ? closedParts(true) : roomy;
  const inside = new Map<string, Inside>();
  if (opened !== undefined && inner !== null) {
    const fitting = Math.max(0.5, (width - SIDES - widthBeside(closed) - 2 * PAD) / inner.width);
    inside.set(opened.path, { graph: inner, weights, scale: Math.min(1, fitting) });
  }
  let x = 96, bottom = 240;
  const natural = closed.reduce((sum, unit) => sum + widthOf(unit.part.path, unit.width), 0);
  // Short models are spread over the line, up to a point.
  const spread = Math.max(0, Math.min(90, (width - SIDES - natural) / closed.length));
  const units = closed.map(({ part, label, own, width: narrow }): Unit => {
    const own_ = widthOf(part.path, narrow), left = x + spread / 2;
    x += own_ + spread;
    const found = inside.get(part.path) ?? null;
    if (found !== null) bottom = Math.max(bottom, TOP + found.graph.height * found.scale + 70);
    let y = TOP;
    const rectangles = found !== null ? [] : own.map(({ parameter, size: [w, h] }): Rectangle => {
      const at = { parameter, x: left + (own_ - w) / 2, y, width: w, height: h };
      y += h + 6;
      return at;
    });
    bottom = Math.max(bottom, y + 66);
    return { part, label: found === null ? label : labelOf(part), x: left, width: own_, rectangles, inside: found };
  });
  return { units, height: bottom, line: LINE, tight };

  function widthOf(path: string, narrow: number): number {
    const found = inside.get(path);
    return found === undefined ? narrow : found.graph.width * found.scale + 2 * PAD;
  }
}

/** The matrix that an operation multiplies by, if it has one. */
export const weightOf = ({ parameters }: DrawnNode, weights: ReadonlyMap<string, Parameter>): Parameter | null =>
  parameters.map((id) => weights.get(id)).find((p) => p !== undefined && p.shape.length > 1) ?? null;

function nodeSize(
  node: DrawnNode, weights: ReadonlyMap<string, Parameter>, sizeAt: (p: Parameter, factor: number) => [number, number],
): [number, number] {
  const weight = weightOf(node, weights);
  if (weight !== null) {
    const [w, h] = sizeAt(weight, 1);
    // Room above for the name, below for the shape.
    return [Math.max(w, lastName(weight).length * LETTER, weight.shape.join(" × ").length * 6.6), h + 46];
  }
  const name = node.node.op === "argument" ? "" : shortName(node.node);
  return [name.length <= 4 ? 32 : name.length * 7.2 + 18, 32];
}
/** The field that holds a weight: "c_attn" of "h.0.attn.c_attn.weight", "weight_hh_l0" where the module is the part. */
export function lastName({ name }: Parameter): string {
  const [last, before] = name.split(".").reverse();
  return last === "weight" && before !== undefined && !/^\d+$/.test(before) ? before : last;
}
