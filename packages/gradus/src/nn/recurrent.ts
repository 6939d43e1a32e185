import { ShapeError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { linear } from "../ops/contract.ts";
import { add } from "../ops/elementwise.ts";
import { scan } from "../ops/loop.ts";
import { concat, select, stack, transpose } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gruCell, lstmCell, rnnCell } from "./functional/cells.ts";
import { dropout } from "./functional/dropout.ts";
import { uniform, zeros } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface RecurrentOptions {
  /** Layers on top of each other (default 1). */
  readonly layers?: number;
  readonly bias?: boolean;
  /** Sequences are (B, T, features) instead of (T, B, features). */
  readonly batchFirst?: boolean;
  /** Dropout between layers while training. */
  readonly dropout?: number;
  /** A second set of units reads each sequence from its end. */
  readonly bidirectional?: boolean;
}
/** Weights of one direction of one layer. */
interface Weights {
  readonly weight_ih: Tensor;
  readonly weight_hh: Tensor;
  readonly bias_ih: Tensor | null;
  readonly bias_hh: Tensor | null;
}

/**
 * Recurrent layers over a sequence. The products with the inputs are taken for all steps at once; only those with the
 * state run in the loop. Weights have PyTorch's names: `weight_ih_l0`, `weight_hh_l0_reverse`, ... and start uniform
 * within 1 / sqrt(hiddenSize).
 */
abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly batchFirst: boolean;
  readonly bidirectional: boolean;
  readonly dropout: number;
  readonly #bias: boolean;

  /** `gates` is how many sums a unit takes. */
  constructor(inputSize: number, hiddenSize: number, gates: number, options: RecurrentOptions) {
    super();
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.layers = options.layers ?? 1;
    this.batchFirst = options.batchFirst ?? false;
    this.bidirectional = options.bidirectional ?? false;
    this.dropout = options.dropout ?? 0;
    this.#bias = options.bias ?? true;
    const bound = 1 / Math.sqrt(hiddenSize);
    for (let layer = 0; layer < this.layers; layer++) {
      const inputs = layer === 0 ? inputSize : hiddenSize * this.#directions.length;
      for (const suffix of this.#directions) {
        const draw = (...shape: number[]): Tensor => parameter(uniform(shape, -bound, bound));
        this.register(`weight_ih_l${layer}${suffix}`, draw(gates * hiddenSize, inputs));
        this.register(`weight_hh_l${layer}${suffix}`, draw(gates * hiddenSize, hiddenSize));
        if (!this.#bias) continue;
        this.register(`bias_ih_l${layer}${suffix}`, draw(gates * hiddenSize));
        this.register(`bias_hh_l${layer}${suffix}`, draw(gates * hiddenSize));
      }
    }
  }
  get #directions(): readonly string[] {
    return this.bidirectional ? ["", "_reverse"] : [""];
  }
  #weights(layer: number, suffix: string): Weights {
    const named = (name: string): Tensor => Reflect.get(this, `${name}_l${layer}${suffix}`) as Tensor;
    return {
      weight_ih: named("weight_ih"), weight_hh: named("weight_hh"),
      bias_ih: this.#bias ? named("bias_ih") : null, bias_hh: this.#bias ? named("bias_hh") : null,
    };
  }
  /** One direction of one layer: x (T, B, inputs), states (B, H); gives all hidden states (T, B, H) and the last. */
  protected abstract run(
    x: Tensor, states: readonly Tensor[], weights: Weights, reverse: boolean,
  ): { readonly output: Tensor; readonly last: readonly Tensor[] };

  /** Runs all layers; `states` are (layers * directions, B, H) each, zeros if null. */
  protected runLayers(
    x: Tensor, states: readonly Tensor[] | null, count: number,
  ): { readonly output: Tensor; readonly last: readonly Tensor[] } {
    if (x.shape.length !== 3 || x.shape[2] !== this.inputSize) {
      throw new ShapeError(`${this.constructor.name}: the input is ${formatShape(x.shape)}; it needs 3 axes, ` +
        `${this.batchFirst ? "(batch, time, features)" : "(time, batch, features)"}, with ${this.inputSize} features`);
    }
    let sequence = this.batchFirst ? transpose(x, 0, 1) : x;                 // (T, B, inputs)
    const directions = this.#directions, batch = sequence.shape[1];
    const shape = [this.layers * directions.length, batch, this.hiddenSize];
    for (const given of states ?? []) {
      if (!sameShape(given.shape, shape)) {
        throw new ShapeError(`${this.constructor.name}: the first state is ${formatShape(given.shape)} and should be ` +
          formatShape(shape));
      }
    }
    const first = states ?? Array.from({ length: count }, () => zeros(shape, x.dtype));
    const last: (readonly Tensor[])[] = [];
    for (let layer = 0; layer < this.layers; layer++) {
      const outputs = directions.map((suffix, d) => {
        const start = first.map((given) => select(given, 0, layer * directions.length + d));
        const made = this.run(sequence, start, this.#weights(layer, suffix), d === 1);
        last.push(made.last);
        return made.output;
      });
      sequence = concat(outputs, 2);                                         // (T, B, directions * H)
      if (layer < this.layers - 1) sequence = dropout(sequence, this.dropout, this.training);
    }
    return {
      output: this.batchFirst ? transpose(sequence, 0, 1) : sequence,
      last: Array.from({ length: count }, (_, i) => stack(last.map((states_) => states_[i]))),
    };
  }
  protected override describe(): string {
    return `${this.inputSize}, ${this.hiddenSize}, layers=${this.layers}, batchFirst=${this.batchFirst}, ` +
      `bidirectional=${this.bidirectional}`;
  }
}
const sumOf = (a: Tensor | null, b: Tensor | null): Tensor | null => (a === null || b === null ? null : add(a, b));

export interface RNNOptions extends RecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
}
/** h[t] = tanh(W_ih x[t] + b_ih + W_hh h[t-1] + b_hh). Elman 1990. */
export class RNN extends Recurrent {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super(inputSize, hiddenSize, 1, options);
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }
  /** All hidden states of the last layer and the last ones of every layer, as PyTorch. */
  forward(x: Tensor, h0: Tensor | null = null): [output: Tensor, hn: Tensor] {
    const { output, last } = this.runLayers(x, h0 === null ? null : [h0], 1);
    return [output, last[0]];
  }
  protected override run(
    x: Tensor, [h0]: readonly Tensor[], w: Weights, reverse: boolean,
  ): { output: Tensor; last: Tensor[] } {
    const sums = linear(x, w.weight_ih, sumOf(w.bias_ih, w.bias_hh));        // (T, B, H)
    const { carries, results } = scan([h0], [sums], [w.weight_hh], ([h], [own], [weight]) => {
      const next = rnnCell(add(own, linear(h, weight)), this.nonlinearity);
      return { carries: [next], results: [next] };
    }, { reverse });
    return { output: results[0], last: carries };
  }
}
/** Long short-term memory: gates i, f, g, o; c = f c + i g, h = o tanh(c). Hochreiter and Schmidhuber 1997. */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(inputSize, hiddenSize, 4, options);
  }
  /** All hidden states of the last layer, and the last hidden states and cells of every layer, as PyTorch. */
  forward(
    x: Tensor, state: readonly [h0: Tensor, c0: Tensor] | null = null,
  ): [output: Tensor, state: [hn: Tensor, cn: Tensor]] {
    const { output, last } = this.runLayers(x, state, 2);
    return [output, [last[0], last[1]]];
  }
  protected override run(
    x: Tensor, first: readonly Tensor[], w: Weights, reverse: boolean,
  ): { output: Tensor; last: Tensor[] } {
    const sums = linear(x, w.weight_ih, sumOf(w.bias_ih, w.bias_hh));        // (T, B, 4H)
    const { carries, results } = scan(first, [sums], [w.weight_hh], ([h, c], [own], [weight]) => {
      const [nextH, nextC] = lstmCell(add(own, linear(h, weight)), c);
      return { carries: [nextH, nextC], results: [nextH] };
    }, { reverse });
    return { output: results[0], last: carries };
  }
}
/** Gated recurrent unit: gates r, z, n; h = (1 - z) n + z h, n = tanh(n_x + r n_h). Cho et al. 2014. */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(inputSize, hiddenSize, 3, options);
  }
  /** All hidden states of the last layer and the last ones of every layer, as PyTorch. */
  forward(x: Tensor, h0: Tensor | null = null): [output: Tensor, hn: Tensor] {
    const { output, last } = this.runLayers(x, h0 === null ? null : [h0], 1);
    return [output, last[0]];
  }
  protected override run(
    x: Tensor, [h0]: readonly Tensor[], w: Weights, reverse: boolean,
  ): { output: Tensor; last: Tensor[] } {
    const sums = linear(x, w.weight_ih, w.bias_ih);                          // (T, B, 3H)
    const constants = w.bias_hh === null ? [w.weight_hh] : [w.weight_hh, w.bias_hh];
    const { carries, results } = scan([h0], [sums], constants, ([h], [own], [weight, bias]) => {
      const next = gruCell(own, linear(h, weight, bias ?? null), h);
      return { carries: [next], results: [next] };
    }, { reverse });
    return { output: results[0], last: carries };
  }
}
