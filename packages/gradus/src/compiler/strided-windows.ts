import type { Node } from "../ir/node.ts";
import type { ContractSpec, ContractWindow } from "../ir/op.ts";
import { contract } from "../ops/contract.ts";
import { constant } from "../ops/create.ts";
import { broadcastTo, concat, flip, narrow, pad, permute, reshape, slice } from "../ops/movement.ts";

/** Cells of X one after another, or every so many-th of them, and the taps that reach them. */
interface Phase {
  /** First tap, and how many, `step` apart. */
  readonly tap: number;
  readonly taps: number;
  readonly step: number;
  /** How many cells. */
  readonly cells: number;
  /** Zeros that y lies behind, as if windows slid one by one. */
  readonly pad: number;
  /** Places between two cells of y. */
  readonly spread: number;
  readonly dilation: number;
}
/** More parts than this are not worth their number: then y is spread out with zeros between. */
const MOST_PARTS = 16;

/**
 * The gradient of a convolution for X as convolutions of y with W flipped. Where windows move s cells at a time, the
 * cells fall into s kinds that different taps reach, x[s q + p] = sum_t w[r + s t] y[q + c - t] with
 * r = (p + pad) mod s: each kind is a convolution of its own, without the products with zeros between.
 */
export function gradientOfWindows(node: Node<"contract">): Node {
  const { spec, shape } = node.params;
  const [w, y] = node.inputs;
  const kinds = spec.windows.map((window) =>
    phasesOf(window, w.shape[spec.w.indexOf(window.w)], shape[spec.x.indexOf(window.x)], true));
  const count = kinds.reduce((n, list) => n * list.length, 1);
  if (count === 1 || count > MOST_PARTS) {
    return part(w, y, spec, shape, spec.windows.map((window) =>
      phasesOf(window, w.shape[spec.w.indexOf(window.w)], shape[spec.x.indexOf(window.x)], false)[0]));
  }
  // Every part has as many cells along an axis as the first one; what is too much is cut off at the end.
  const axes = spec.windows.map((window) => spec.x.indexOf(window.x));
  const whole = shape.map((n, axis) => (axes.includes(axis) ? kinds[axes.indexOf(axis)][0].cells : n));
  let parts: Phase[][] = [[]];
  for (const list of kinds) parts = parts.flatMap((chosen) => list.map((phase) => [...chosen, phase]));
  const pieces = parts.map((phases) => {
    const own = whole.map((n, axis) => (axes.includes(axis) ? phases[axes.indexOf(axis)].cells : n));
    const made = phases.some((p) => p.taps === 0) ? broadcastTo(constant(0, y.dtype), own)
      : part(w, y, spec, own, phases);
    return reshape(pad(made, own.map(() => 0), own.map((n, axis) => whole[axis] - n)), [1, ...whole]);
  });
  const stacked = reshape(concat(pieces, 0), [...kinds.map((list) => list.length), ...whole]);
  const order = whole.flatMap((_, axis) => [kinds.length + axis, ...(axes.includes(axis) ? [axes.indexOf(axis)] : [])]);
  const wide = whole.map((n, axis) => (axes.includes(axis) ? n * kinds[axes.indexOf(axis)].length : n));
  let result = reshape(permute(stacked, order), wide);
  for (const axis of axes) if (wide[axis] !== shape[axis]) result = narrow(result, axis, 0, shape[axis]);
  return result;
}
function phasesOf({ stride, dilation, pad }: ContractWindow, taps: number, cells: number, apart: boolean): Phase[] {
  if (!apart || stride === 1 || dilation !== 1 || cells < stride) {
    return [{ tap: 0, taps, step: 1, cells, pad, spread: stride, dilation }];
  }
  return Array.from({ length: stride }, (_, p) => {
    const tap = (p + pad) % stride;
    return {
      tap, taps: Math.max(0, Math.ceil((taps - tap) / stride)), step: stride, cells: Math.ceil((cells - p) / stride),
      pad: (p + pad - tap) / stride, spread: 1, dilation: 1,
    };
  });
}
/** One plain convolution: y, spread and padded, with some taps of W flipped. */
function part(w: Node, y: Node, spec: ContractSpec, shape: readonly number[], phases: readonly Phase[]): Node {
  const phaseOf = (letter: string): Phase | undefined => phases[spec.windows.findIndex((v) => v.y === letter)];
  const low: number[] = [], high: number[] = [], interior: number[] = [];
  const cut: [axis: number, start: number, size: number][] = [];
  [...spec.y].forEach((letter, axis) => {
    const phase = phaseOf(letter);
    low[axis] = high[axis] = interior[axis] = 0;
    if (phase === undefined) return;
    const reach = phase.dilation * (phase.taps - 1), before = reach - phase.pad, total = phase.cells + reach;
    const after = total - ((y.shape[axis] - 1) * phase.spread + 1 + before);
    interior[axis] = phase.spread - 1;
    low[axis] = Math.max(0, before);
    high[axis] = Math.max(0, after);
    cut.push([axis, Math.max(0, -before), total]);
  });
  let spread = pad(y, low, high, 0, interior);
  for (const [axis, start, size] of cut) {
    if (start !== 0 || spread.shape[axis] !== size) spread = narrow(spread, axis, start, size);
  }
  const tapAxes = spec.windows.map((v) => spec.w.indexOf(v.w));
  let taken = w;
  tapAxes.forEach((axis, i) => {
    const { tap, taps, step } = phases[i];
    if (taps === w.shape[axis]) return;
    const start = w.shape.map((_, a) => (a === axis ? tap : 0));
    const end = taken.shape.map((n, a) => (a === axis ? tap + step * (taps - 1) + 1 : n));
    taken = slice(taken, start, end, w.shape.map((_, a) => (a === axis ? step : 1)));
  });
  // X of the new form is the spread result, its windows slide one by one.
  const forward: ContractSpec = {
    x: spec.y, w: spec.w, y: spec.x,
    windows: spec.windows.map((v) => ({ x: v.y, w: v.w, y: v.x, stride: 1, dilation: v.dilation, pad: 0 })),
  };
  return contract(forward, 2, spread, flip(taken, tapAxes), shape);
}
