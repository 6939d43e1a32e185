import type { Graph } from "../ir/node.ts";
import { topologicalOrder } from "../ir/node.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { inline } from "../ir/rewrite.ts";
import { applyAll } from "../ops/composite.ts";
import { zeros, zerosLike } from "../ops/create.ts";
import { add, sub } from "../ops/elementwise.ts";
import { trace } from "../ops/loop.ts";
import { keepAlive } from "../runtime/storage.ts";
import { grad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isFloat } from "../vocab/dtype.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { ModuleList } from "./container.ts";
import { Dropout } from "./dropout.ts";
import { alone } from "./functional/alone.ts";
import { Module, type Layer } from "./module.ts";

/** Two layers that keep the shape of their input, as halves of a reversible block. */
export class ReversibleBlock extends Module {
  readonly f: Layer;
  readonly g: Layer;

  constructor(f: Layer, g: Layer) {
    super();
    this.f = f;
    this.g = g;
  }
  /** y1 = x1 + f(x2), y2 = x2 + g(y1). */
  forward(x1: Tensor, x2: Tensor): [y1: Tensor, y2: Tensor] {
    const y1 = add(x1, this.f.forward(x2));
    return [y1, add(x2, this.g.forward(y1))];
  }
}

/** A layer written down: a graph whose inputs are x and the tensors that the layer holds. */
interface Written {
  readonly graph: Graph;
  readonly held: readonly Tensor[];
}
function write(layer: Layer, like: Tensor): Written {
  const { inputs, outputs } = trace([like], (x) => [layer.forward(x)]);
  if (!sameShape(outputs[0].shape, like.shape)) {
    throw new ShapeError(`ReversibleSequence: a layer makes ${formatShape(outputs[0].shape)} of ` +
      `${formatShape(like.shape)}; both halves keep the shape`);
  }
  const held = topologicalOrder(outputs)
    .filter((x) => x.op === "buffer" && !inputs.includes(x))
    // What the program holds lives as long as the program, also if it was made in a scope.
    .map((x) => keepAlive(x));
  return { graph: { inputs: [...inputs, ...held], outputs }, held };
}
/** The blocks of a sequence, written down, and the operation that they are together. */
interface Program {
  readonly definition: CompositeDefinition;
  readonly held: readonly Tensor[];
}
const run = ({ graph }: Written, x: Tensor, held: readonly Tensor[]): Tensor => inline(graph, [x, ...held])[0];
/** The derivative of a layer for x and for what it holds, zeros where there is none. */
function pull(y: Tensor, wanted: readonly Tensor[], gradient: Tensor): Tensor[] {
  const found = grad(y, wanted, { gradient, createGraph: true });
  return wanted.map((x, i) => found[i] ?? zeros(x.shape, x.dtype));
}

function programOf(blocks: readonly ReversibleBlock[], like: Tensor): Program {
  const pairs = blocks.map(({ f, g }) => ({ f: write(f, like), g: write(g, like) }));
  const held = pairs.flatMap(({ f, g }) => [...f.held, ...g.held]);
  const floats = held.map((x) => isFloat(x.dtype));
  let from = 0;
  const steps = pairs.map(({ f, g }) => {
    const start = from, middle = from += f.held.length, end = from += g.held.length;
    return { f, g, start, end, split: middle - start };
  });
  // Operands y1, y2, their gradients, and what the layers hold; the last block comes first.
  const gradient: CompositeDefinition = {
    name: "reversibleGradient",
    body: ([y1, y2, g1, g2, ...all]) => {
      let streams = [y1, y2, g1, g2];
      const found: Tensor[] = [];
      for (const { f, g, start, end, split } of [...steps].reverse()) {
        const made = alone([...streams, ...all.slice(start, end)], ([b1, b2, d1, d2, ...own]) => {
          const [ofF, ofG] = [own.slice(0, split), own.slice(split)];
          const smooth = (xs: readonly Tensor[]): Tensor[] => xs.filter((x) => isFloat(x.dtype));
          const gy = run(g, b1, ofG), [through, ...dG] = pull(gy, [b1, ...smooth(ofG)], d2);
          const a2 = sub(b2, gy), t1 = add(d1, through);
          const fx = run(f, a2, ofF), [back, ...dF] = pull(fx, [a2, ...smooth(ofF)], t1);
          return [sub(b1, fx), a2, t1, add(d2, back), ...dF, ...dG];
        });
        streams = made.slice(0, 4);
        found.unshift(...made.slice(4));
      }
      return [...streams.slice(2), ...found];
    },
  };
  const definition: CompositeDefinition = {
    name: "reversibleSequence",
    body: ([x1, x2, ...all]) => steps.reduce(([a1, a2], { f, g, start, end, split }) =>
      alone([a1, a2, ...all.slice(start, end)], ([b1, b2, ...own]) => {
        const y1 = add(b1, run(f, b2, own.slice(0, split)));
        return [y1, add(b2, run(g, y1, own.slice(split)))];
      }), [x1, x2]),
    vjp: ([, , ...all], [y1, y2], [g1, g2]) => {
      if (g1 === null && g2 === null) return [];
      const [d1, d2, ...rest] = applyAll(gradient, [y1, y2, g1 ?? zerosLike(y1), g2 ?? zerosLike(y2), ...all]);
      return [d1, d2, ...floats.map((smooth) => (smooth ? rest.shift()! : null))];
    },
  };
  return { definition, held };
}

/**
 * Reversible residual blocks, y1 = x1 + f(x2), y2 = x2 + g(y1), whose inputs follow from their outputs.
 *
 * The gradient finds the inputs of each block again, x2 = y2 - g(y1), x1 = y1 - f(x2), so that memory for them does not
 * grow with the number of blocks; it costs one more forward pass. Layers keep the shape (..., width) of their input and
 * draw no random numbers. Throws a ShapeError or UsageError where they do not. Gomez et al., "The reversible residual
 * network", 2017; Kitaev et al. 2020, section 3.
 */
export class ReversibleSequence extends Module {
  readonly blocks: ModuleList<ReversibleBlock>;
  readonly #programs = new Map<string, Program>();

  constructor(blocks: readonly ReversibleBlock[]) {
    super();
    this.blocks = new ModuleList(blocks);
  }
  /** x1 and x2 of one shape; the two streams behind the last block. */
  forward(x1: Tensor, x2: Tensor): [y1: Tensor, y2: Tensor] {
    if (!sameShape(x1.shape, x2.shape) || x1.dtype !== x2.dtype) {
      throw new ShapeError(`ReversibleSequence: the streams are ${formatShape(x1.shape)} (${x1.dtype}) and ` +
        `${formatShape(x2.shape)} (${x2.dtype}); they must be alike`);
    }
    if (this.training && this.modules().some((part) => part instanceof Dropout && part.p > 0)) {
      throw new UsageError("ReversibleSequence: a layer drops at random, so that its inputs cannot be computed " +
        "again; set its dropout to 0");
    }
    const key = `${x1.dtype}${x1.shape.join(",")}|${this.training}`;
    let program = this.#programs.get(key);
    if (program === undefined) this.#programs.set(key, program = programOf([...this.blocks], x1));
    const [y1, y2] = applyAll(program.definition, [x1, x2, ...program.held]);
    return [y1, y2];
  }
}
