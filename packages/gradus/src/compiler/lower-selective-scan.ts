import type { Expr, Kernel, Variable } from "../ir/kernel.ts";
import type { Target } from "../runtime/backend.ts";
import { KernelBuilder } from "./build.ts";
import type { Lowered } from "./lowered.ts";
import { mathUnary } from "./math.ts";

/**
 * The selective scan of Mamba without its (b, t, d, n) intermediates: channels d run along the lanes, the n states of a
 * channel stay in registers, time is the loop. Letters as in `nn/functional/selective-scan.ts`.
 */
export interface ScanShape {
  readonly b: number;
  readonly t: number;
  readonly d: number;
  readonly n: number;
  /** Strides of x, dt, B, C (and gy) along b and t, in elements; channels and states lie side by side. */
  readonly strides: readonly (readonly [number, number])[];
  readonly offsets: readonly number[];
}
/** Steps between two kept states in the backward pass: what is recomputed stays in the first cache. */
export const CHUNK = 16;

const known = new Map<string, Kernel>();
const cached = (key: string, write: () => Kernel): Kernel => {
  let kernel = known.get(key);
  if (kernel === undefined) known.set(key, kernel = write());
  return kernel;
};
/** States handled together: their registers must fit beside what a step needs. */
const groupOf = (n: number, target: Target): number => {
  const most = target.registers >= 32 ? 8 : 2;
  for (let g = most; g > 1; g--) if (n % g === 0) return g;
  return 1;
};
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** y[t] = sum_n C[t, n] h[t, n] + D x[t]. Buffers: x, dt, A transposed (n, d), B, C, D, y. One unit per lane block. */
export function lowerScanForward(shape: ScanShape, target: Target): Lowered {
  const { lanes } = target;
  const { n } = shape;
  const blocks = Math.ceil(shape.d / lanes);
  const kernel = cached(`selective scan x${lanes} n${n}`, () => {
    const b = new KernelBuilder(lanes);
    const [x, dt, a, B, C, D] = ["x", "dt", "a", "b", "c", "d"].map((name) => b.buffer(name, "f32", "read"));
    const y = b.buffer("y", "f32", "write");
    const steps = b.int("steps"), channels = b.int("channels"), blockCount = b.int("blocks");
    const names = ["x", "dt", "b", "c"];
    const rows = names.map((k) => b.int(`${k}_b`)), times = names.map((k) => b.int(`${k}_t`));
    const offsets = ["x", "dt", "a", "b", "c", "d"].map((k) => b.int(`${k}_offset`));
    b.for("unit", b.begin, b.end, 1, (unit) => {
      const row = b.let("row", b.div(unit, blockCount));
      const from = b.let("from", b.mul(b.sub(unit, b.mul(row, blockCount)), lanes));
      const bases = names.map((_, k) => b.let("base", b.add(offsets[[0, 1, 3, 4][k]], b.mul(row, rows[k]))));
      const outRow = b.let("out_row", b.mul(b.mul(row, steps), channels));
      const run = (channel: Expr, width: number): void => {
        const decay = range(n).map((i) =>
          b.let("a", b.load(a, b.add(b.add(offsets[2], channel), b.mul(channels, i)), width)));
        const skip = b.let("d", b.load(D, b.add(offsets[5], channel), width));
        const h = range(n).map((i) => b.mutable(`h${i}`, b.constant(0, { scalar: "f32", lanes: width })));
        b.for("t", 0, steps, 1, (t) => {
          const at = names.map((_, k) => b.let("at", b.add(bases[k], b.mul(t, times[k]))));
          const xs = b.let("x", b.load(x, b.add(at[0], channel), width));
          const ds = b.let("dt", b.load(dt, b.add(at[1], channel), width));
          const u = b.let("u", b.mul(ds, xs));
          let sum = b.let("y", b.mul(skip, xs));
          for (const i of range(n)) {
            const gate = b.let("gate", mathUnary(b, "exp", b.mul(ds, decay[i])));
            const input = b.mul(u, b.splat(b.load(B, b.add(at[2], i), 1), width));
            b.set(h[i], b.fma(gate, b.read(h[i]), input));
            sum = b.let("y", b.fma(b.read(h[i]), b.splat(b.load(C, b.add(at[3], i), 1), width), sum));
          }
          b.store(y, b.add(b.add(outRow, b.mul(t, channels)), channel), sum);
        });
      };
      b.if(b.compare("le", b.add(from, lanes), channels), () => run(from, lanes),
        () => b.for("c", from, channels, 1, (c) => run(c, 1)));
    });
    return b.finish("selective_scan", `selective scan x${lanes} n${n}`);
  });
  return {
    kernel, floats: [], checked: false, units: shape.b * blocks, work: shape.b * shape.t * shape.d * n * 4,
    ints: [shape.t, shape.d, blocks, ...shape.strides.map((s) => s[0]), ...shape.strides.map((s) => s[1]),
      ...shape.offsets],
  };
}

/** Units that threads have to share in the backward pass, and lane blocks of channels below which one is not cut. */
const UNITS = 4, BLOCKS = 8;
/**
 * Parts that a row's channels are cut into in the backward pass: 1, unless rows are few. Never by the number of
 * threads: gB and gC are sums over parts, whose bits must not depend on it.
 */
export const scanParts = ({ b, d }: ScanShape, lanes: number): number =>
  Math.max(1, Math.min(Math.ceil(UNITS / b), Math.floor(d / (BLOCKS * lanes))));

/** Elements of each scratch buffer of the backward pass: kept states, then per part of a row. */
export function scanScratch(shape: ScanShape, lanes: number): { kept: number; local: number } {
  const { b, t, d, n } = shape, chunks = Math.ceil(t / CHUNK);
  return { kept: b * chunks * n * d, local: b * scanParts(shape, lanes) * (localSize(n, lanes) + 2 * n * d) };
}
/** Within a chunk: states and gates of one lane block, sums for gB and gC, and per step gu and gdt. */
const localSize = (n: number, lanes: number): number => CHUNK * lanes * (4 * n + 2);

/**
 * All six gradients. Buffers: x, dt, A transposed, B, C, D, gy; gx, gdt, gA per row (b, n, d), gB and gC per part of a
 * row (b, parts, t, n), gD per row (b, d); scratch: kept states, local. One unit per part: sums over its channels stay
 * inside it. Each chunk is computed again from the state kept at its start, then walked backwards.
 */
export function lowerScanBackward(shape: ScanShape, target: Target): Lowered {
  const { lanes } = target;
  const { n } = shape;
  const group = groupOf(n, target), parts = scanParts(shape, lanes);
  // Channels of a part, in whole lane blocks.
  const width = Math.ceil(Math.ceil(shape.d / lanes) / parts) * lanes;
  const kernel = cached(`selective scan gradient x${lanes} n${n} g${group}`,
    () => new BackwardWriter(lanes, n, group).write());
  return {
    kernel, floats: [], checked: false, units: shape.b * parts, work: shape.b * shape.t * shape.d * n * 12,
    ints: [shape.t, shape.d, parts, width, ...shape.strides.map((s) => s[0]), ...shape.strides.map((s) => s[1]),
      ...shape.offsets],
  };
}

class BackwardWriter {
  readonly #b: KernelBuilder;
  readonly #lanes: number;
  readonly #n: number;
  readonly #group: number;
  constructor(lanes: number, n: number, group: number) {
    this.#b = new KernelBuilder(lanes);
    this.#lanes = lanes;
    this.#n = n;
    this.#group = group;
  }

  write(): Kernel {
    const b = this.#b, n = this.#n, lanes = this.#lanes;
    const [x, dt, a, B, C, D, gy] = ["x", "dt", "a", "b", "c", "d", "gy"].map((k) => b.buffer(k, "f32", "read"));
    const [gx, gdt, gA, gB, gC, gD] = ["gx", "gdt", "ga", "gb", "gc", "gd"].map((k) => b.buffer(k, "f32", "readwrite"));
    const kept = b.buffer("kept", "f32", "readwrite"), local = b.buffer("local", "f32", "readwrite");
    const steps = b.int("steps"), channels = b.int("channels");
    const parts = b.int("parts"), partWidth = b.int("part_width");
    const names = ["x", "dt", "b", "c", "gy"];
    const rows = names.map((k) => b.int(`${k}_b`)), times = names.map((k) => b.int(`${k}_t`));
    const offsets = ["x", "dt", "a", "b", "c", "d", "gy"].map((k) => b.int(`${k}_offset`));
    const span = b.let("span", b.mul(channels, n));
    const chunks = b.let("chunks", b.div(b.add(steps, CHUNK - 1), CHUNK));
    const size = CHUNK * lanes;

    b.for("unit", b.begin, b.end, 1, (unit) => {
      const row = b.let("row", b.div(unit, parts));
      const first = b.let("first", b.mul(b.sub(unit, b.mul(row, parts)), partWidth));
      const last = b.let("last", b.min(channels, b.add(first, partWidth)));
      const bases = names.map((_, k) => b.let("base", b.add(offsets[[0, 1, 3, 4, 6][k]], b.mul(row, rows[k]))));
      const outRow = b.let("out_row", b.mul(b.mul(row, steps), channels));
      const stateRow = b.let("state_row", b.mul(b.mul(unit, steps), n));
      const keptRow = b.let("kept_row", b.mul(b.mul(row, chunks), span));
      const localRow = b.let("local_row", b.mul(unit, b.add(b.mul(span, 2), localSize(n, lanes))));
      // Parts of the local scratch.
      const H = localRow, G = b.let("gates", b.add(H, n * size)), accB = b.let("acc_b", b.add(G, n * size));
      const accC = b.let("acc_c", b.add(accB, n * size)), accU = b.let("acc_u", b.add(accC, n * size));
      const accT = b.let("acc_t", b.add(accU, size)), carry = b.let("carry", b.add(accT, size));
      const sumA = b.let("sum_a", b.add(carry, span));
      const decayAt = (channel: Expr, i: number): Expr => b.add(b.add(offsets[2], channel), b.mul(channels, i));
      const stateAt = (channel: Expr, i: number): Expr => b.add(channel, b.mul(channels, i));
      const place = (k: number, t: Expr): Expr => b.add(bases[k], b.mul(t, times[k]));
      /** Every lane block of the part's channels, then the rest one by one. */
      const overChannels = (body: (channel: Expr, width: number) => void): void => {
        const whole = b.let("whole", b.add(first, b.mul(b.div(b.sub(last, first), lanes), lanes)));
        b.for("c", first, whole, lanes, (c) => body(c, lanes));
        b.for("c", whole, last, 1, (c) => body(c, 1));
      };
      const zero = (width: number): Expr => b.constant(0, { scalar: "f32", lanes: width });
      const groups = range(n / this.#group).map((g) => range(this.#group).map((i) => g * this.#group + i));
      const gateOf = (t: Expr, channel: Expr, width: number, decay: Expr): Expr =>
        b.let("gate", mathUnary(b, "exp", b.mul(b.load(dt, b.add(place(1, t), channel), width), decay)));
      const inputOf = (t: Expr, channel: Expr, width: number): Expr => b.let("u",
        b.mul(b.load(dt, b.add(place(1, t), channel), width), b.load(x, b.add(place(0, t), channel), width)));
      const scalar = (buffer: number, k: number, t: Expr, i: number, width: number): Expr =>
        b.splat(b.load(buffer, b.add(place(k, t), i), 1), width);

      // Forward once, keeping the state that each chunk starts from.
      overChannels((channel, width) => {
        for (const states of groups) {
          const decay = states.map((i) => b.let("a", b.load(a, decayAt(channel, i), width)));
          const h = states.map((i) => b.mutable(`h${i}`, zero(width)));
          b.for("chunk", 0, chunks, 1, (chunk) => {
            states.forEach((i, k) =>
              b.store(kept, b.add(b.add(keptRow, b.mul(chunk, span)), stateAt(channel, i)), b.read(h[k])));
            const from = b.let("from", b.mul(chunk, CHUNK)), to = b.let("to", b.min(steps, b.add(from, CHUNK)));
            b.for("t", from, to, 1, (t) => {
              const u = inputOf(t, channel, width);
              states.forEach((i, k) =>
                b.set(h[k], b.fma(gateOf(t, channel, width, decay[k]), b.read(h[k]),
                  b.mul(u, scalar(B, 2, t, i, width)))));
            });
          });
          states.forEach((i) => {
            b.store(local, b.add(carry, stateAt(channel, i)), zero(width));
            b.store(local, b.add(sumA, stateAt(channel, i)), zero(width));
          });
        }
        b.store(gD, b.add(b.mul(row, channels), channel), zero(width));
      });

      b.for("back", 0, chunks, 1, (back) => {
        const chunk = b.let("chunk", b.sub(b.sub(chunks, 1), back));
        const from = b.let("from", b.mul(chunk, CHUNK)), to = b.let("to", b.min(steps, b.add(from, CHUNK)));
        const count = b.let("count", b.sub(to, from));
        b.for("z", 0, 2 * n * size, lanes, (z) => b.store(local, b.add(accB, z), zero(lanes)));
        overChannels((channel, width) => {
          b.for("z", 0, 2 * size, lanes, (z) => b.store(local, b.add(accU, z), zero(lanes)));
          const skip = b.let("d", b.load(D, b.add(offsets[5], channel), width));
          for (const states of groups) {
            const decay = states.map((i) => b.let("a", b.load(a, decayAt(channel, i), width)));
            this.#recompute(states, width, {
              kept, local, keptAt: (i) => b.add(b.add(keptRow, b.mul(chunk, span)), stateAt(channel, i)),
              from, to, H, G,
              gate: (t, k) => gateOf(t, channel, width, decay[k]), u: (t) => inputOf(t, channel, width),
              input: (t, i) => scalar(B, 2, t, i, width),
            });
            const s = states.map((i) => b.mutable(`s${i}`, b.load(local, b.add(carry, stateAt(channel, i)), width)));
            const ga = states.map((i) => b.mutable(`ga${i}`, b.load(local, b.add(sumA, stateAt(channel, i)), width)));
            b.for("k", 0, count, 1, (k) => {
              const j = b.let("j", b.sub(b.sub(count, 1), k)), t = b.let("t", b.add(from, j));
              const g = b.let("g", b.load(gy, b.add(place(4, t), channel), width));
              const ds = b.let("dt", b.load(dt, b.add(place(1, t), channel), width));
              const u = inputOf(t, channel, width);
              const at = b.let("at", b.mul(j, lanes));
              let gu = b.load(local, b.add(accU, at), width), gt = b.load(local, b.add(accT, at), width);
              states.forEach((i, q) => {
                const slot = (part: Expr): Expr => b.add(b.add(part, i * size), at);
                const h = b.let("h", b.load(local, slot(H), width));
                const gate = b.let("gate", b.load(local, slot(G), width));
                const value = b.let("s", b.fma(g, scalar(C, 3, t, i, width), b.read(s[q])));
                b.store(local, slot(accC), b.fma(g, h, b.load(local, slot(accC), width)));
                b.store(local, slot(accB), b.fma(value, u, b.load(local, slot(accB), width)));
                gu = b.let("gu", b.fma(value, scalar(B, 2, t, i, width), gu));
                // h[t] = gate h[t-1] + u B, so that gate h[t-1] is what is left without the input.
                const passed = b.sub(h, b.mul(u, scalar(B, 2, t, i, width)));
                const exponent = b.let("ge", b.mul(value, passed));
                gt = b.let("gt", b.fma(exponent, decay[q], gt));
                b.set(ga[q], b.fma(exponent, ds, b.read(ga[q])));
                b.set(s[q], b.mul(value, gate));
              });
              b.store(local, b.add(accU, at), gu);
              b.store(local, b.add(accT, at), gt);
            });
            states.forEach((i, q) => {
              b.store(local, b.add(carry, stateAt(channel, i)), b.read(s[q]));
              b.store(local, b.add(sumA, stateAt(channel, i)), b.read(ga[q]));
            });
          }
          const sumD: Variable = b.mutable("gd", b.load(gD, b.add(b.mul(row, channels), channel), width));
          b.for("j", 0, count, 1, (j) => {
            const t = b.let("t", b.add(from, j)), at = b.mul(j, lanes);
            const g = b.let("g", b.load(gy, b.add(place(4, t), channel), width));
            const xs = b.let("x", b.load(x, b.add(place(0, t), channel), width));
            const gu = b.let("gu", b.load(local, b.add(accU, at), width));
            const to_ = b.let("to", b.add(b.add(outRow, b.mul(t, channels)), channel));
            b.store(gx, to_, b.fma(gu, b.load(dt, b.add(place(1, t), channel), width), b.mul(g, skip)));
            b.store(gdt, to_, b.fma(gu, xs, b.load(local, b.add(accT, at), width)));
            b.set(sumD, b.fma(g, xs, b.read(sumD)));
          });
          b.store(gD, b.add(b.mul(row, channels), channel), b.read(sumD));
        });
        // The lanes of each step's sums over channels are joined once.
        b.for("j", 0, count, 1, (j) => {
          for (const i of range(n)) {
            const at = b.add(b.mul(j, lanes), i * size);
            const to_ = b.add(b.add(stateRow, b.mul(b.add(from, j), n)), i);
            b.store(gB, to_, b.reduceLanes("add", b.let("lanes", b.load(local, b.add(accB, at), lanes))));
            b.store(gC, to_, b.reduceLanes("add", b.let("lanes", b.load(local, b.add(accC, at), lanes))));
          }
        });
      });
      overChannels((channel, width) => {
        for (const i of range(n)) {
          const at = stateAt(channel, i);
          b.store(gA, b.add(b.mul(row, span), at), b.load(local, b.add(sumA, at), width));
        }
      });
    });
    return b.finish("selective_scan_gradient", `selective scan gradient x${lanes} n${n} g${this.#group}`);
  }

  /** States and gates of a chunk again, from the state it started from. */
  #recompute(states: readonly number[], width: number, at: {
    kept: number; local: number; keptAt: (i: number) => Expr; from: Expr; to: Expr; H: Expr; G: Expr;
    gate: (t: Expr, k: number) => Expr; u: (t: Expr) => Expr; input: (t: Expr, i: number) => Expr;
  }): void {
    const b = this.#b, size = CHUNK * this.#lanes;
    const h = states.map((i) => b.mutable(`h${i}`, b.load(at.kept, at.keptAt(i), width)));
    b.for("t", at.from, at.to, 1, (t) => {
      const u = at.u(t);
      const slot = b.let("slot", b.mul(b.sub(t, at.from), this.#lanes));
      states.forEach((i, k) => {
        const gate = at.gate(t, k);
        b.set(h[k], b.fma(gate, b.read(h[k]), b.mul(u, at.input(t, i))));
        b.store(at.local, b.add(b.add(at.G, i * size), slot), gate);
        b.store(at.local, b.add(b.add(at.H, i * size), slot), b.read(h[k]));
      });
    });
  }
}
