import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { linear } from "../ops/contract.ts";
import { add, where } from "../ops/elementwise.ts";
import { scan } from "../ops/loop.ts";
import { concat, select, squeeze, stack, transpose, unsqueeze } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gruCell, gruCellResetBefore, lstmCell, rnnCell } from "./functional/cells.ts";
import { dropout } from "./functional/dropout.ts";
import { uniform, zeros } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";
import { PackedSequence } from "./sequence.ts";

export interface RecurrentOptions {
  /** Layers on top of each other (default 1). */
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Sequences are (B, T, features) instead of (T, B, features). */
  readonly batchFirst?: boolean;
  /** Dropout between layers while training. */
  readonly dropout?: number;
  /** A second set of units reads each sequence from its end. */
  readonly bidirectional?: boolean;
}
/** What differs between the kinds: how many sums a unit takes, and how wide each of its states is. */
interface Kind {
  readonly gates: number;
  /** Widths of the states; the first is the hidden state, which is the output. */
  readonly states: readonly number[];
}
/** Weights of one direction of one layer. */
export interface RecurrentWeights {
  readonly weight_ih: Tensor;
  readonly weight_hh: Tensor;
  readonly bias_ih: Tensor | null;
  readonly bias_hh: Tensor | null;
  /** Projects the hidden state, (P, H): LSTM with `projSize` only. */
  readonly weight_hr: Tensor | null;
}

/**
 * Recurrent layers over a sequence: (T, B, features), (T, features) or packed sequences of different lengths. The
 * products with the inputs are taken for all steps at once; only those with the state run in the loop. Weights have
 * PyTorch's names: `weight_ih_l0`, `weight_hh_l0_reverse`, ... and start uniform within 1 / sqrt(hiddenSize).
 */
abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly bidirectional: boolean;
  readonly dropout: number;
  readonly #states: readonly number[];

  constructor(inputSize: number, hiddenSize: number, kind: Kind, options: RecurrentOptions) {
    super();
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = options.numLayers ?? 1;
    this.batchFirst = options.batchFirst ?? false;
    this.bidirectional = options.bidirectional ?? false;
    this.dropout = options.dropout ?? 0;
    this.#states = kind.states;
    const bound = 1 / Math.sqrt(hiddenSize), [width] = kind.states, rows = kind.gates * hiddenSize;
    for (let layer = 0; layer < this.numLayers; layer++) {
      const inputs = layer === 0 ? inputSize : width * this.#directions.length;
      for (const suffix of this.#directions) {
        const draw = (name: string, ...shape: number[]): void => {
          this.register(`${name}_l${layer}${suffix}`, parameter(uniform(shape, -bound, bound)));
        };
        draw("weight_ih", rows, inputs);
        draw("weight_hh", rows, width);
        if (options.bias ?? true) {
          draw("bias_ih", rows);
          draw("bias_hh", rows);
        }
        if (width !== hiddenSize) draw("weight_hr", width, hiddenSize);
      }
    }
  }
  get #directions(): readonly string[] {
    return this.bidirectional ? ["", "_reverse"] : [""];
  }
  #weights(layer: number, suffix: string): RecurrentWeights {
    const named = (name: string): Tensor | null =>
      (Reflect.get(this, `${name}_l${layer}${suffix}`) as Tensor | undefined) ?? null;
    return {
      weight_ih: named("weight_ih")!, weight_hh: named("weight_hh")!,
      bias_ih: named("bias_ih"), bias_hh: named("bias_hh"), weight_hr: named("weight_hr"),
    };
  }
  /** The part of all sums that comes from the input: x (T, B, inputs), result (T, B, gates * H). */
  protected fromInput(x: Tensor, { weight_ih, bias_ih, bias_hh }: RecurrentWeights): Tensor {
    return linear(x, weight_ih, bias_ih === null || bias_hh === null ? null : add(bias_ih, bias_hh));
  }
  /** The weights that a step reads. */
  protected constants(weights: RecurrentWeights): readonly Tensor[] {
    return [weights.weight_hh];
  }
  /** One step: states (B, ...), the input's part of the sums (B, gates * H), the constants; the next states. */
  protected abstract step(states: readonly Tensor[], own: Tensor, constants: readonly Tensor[]): readonly Tensor[];

  /**
   * One direction of one layer: all hidden states (T, B, H) and the last states. Where a sequence is not `present`, its
   * states wait: so those behind its end stay the last, and reading backwards begins at its end.
   */
  #run(
    x: Tensor, first: readonly Tensor[], weights: RecurrentWeights, present: Tensor | null, reverse: boolean,
  ): { readonly output: Tensor; readonly last: readonly Tensor[] } {
    const sums = this.fromInput(x, weights);
    const sequences = present === null ? [sums] : [sums, present];
    const { carries, results } = scan(first, sequences, this.constants(weights), (states, [own, here], constants) => {
      const next = this.step(states, own, constants);
      const kept = present === null ? next : next.map((state, i) => where(here, state, states[i]));
      return { carries: kept, results: [next[0]] };
    }, { reverse });
    return { output: results[0], last: carries };
  }
  /** All layers: x (T, B, inputs), states (layers * directions, B, width) each, zeros if null. */
  #runLayers(
    x: Tensor, states: readonly Tensor[] | null, present: Tensor | null,
  ): { readonly output: Tensor; readonly last: Tensor[] } {
    const directions = this.#directions;
    const shapes = this.#states.map((width) => [this.numLayers * directions.length, x.shape[1], width]);
    states?.forEach((given, i) => {
      if (!sameShape(given.shape, shapes[i])) {
        throw new ShapeError(`${this.constructor.name}: the first state is ${formatShape(given.shape)} and should be ` +
          formatShape(shapes[i]));
      }
    });
    const first = states ?? shapes.map((shape) => zeros(shape, x.dtype));
    const last: (readonly Tensor[])[] = [];
    let sequence = x;
    for (let layer = 0; layer < this.numLayers; layer++) {
      const outputs = directions.map((suffix, d) => {
        const start = first.map((given) => select(given, 0, layer * directions.length + d));
        const made = this.#run(sequence, start, this.#weights(layer, suffix), present, d === 1);
        last.push(made.last);
        return made.output;
      });
      sequence = concat(outputs, 2);                                         // (T, B, directions * H)
      if (layer < this.numLayers - 1) sequence = dropout(sequence, this.dropout, this.training);
    }
    return { output: sequence, last: shapes.map((_, i) => stack(last.map((states_) => states_[i]))) };
  }
  /** Runs all layers over a batch, one sequence or packed sequences, and gives the output in the same form. */
  protected run<S extends Tensor | PackedSequence>(x: S, states: readonly Tensor[] | null): [output: S, last: Tensor[]];
  protected run(
    x: Tensor | PackedSequence, states: readonly Tensor[] | null,
  ): [output: Tensor | PackedSequence, last: Tensor[]] {
    const features = x instanceof PackedSequence ? x.data : x, rank = features.shape.length;
    const ranks = x instanceof PackedSequence ? [2] : [2, 3];
    if (!ranks.includes(rank) || features.shape[rank - 1] !== this.inputSize) {
      throw new ShapeError(`${this.constructor.name}: the input is ${formatShape(features.shape)}; it needs 3 axes, ` +
        `${this.batchFirst ? "(batch, time, features)" : "(time, batch, features)"}, or 2, (time, features), with ` +
        `${this.inputSize} features`);
    }
    if (x instanceof PackedSequence) {
      const sorted = states?.map((given) => x.sort(given, 1)) ?? null;
      const { output, last } = this.#runLayers(x.padded(), sorted, x.present());
      return [x.repack(output), last.map((given) => x.unsort(given, 1))];
    }
    if (rank === 2) {
      const wide = states?.map((given) => unsqueeze(given, 1)) ?? null;
      const { output, last } = this.#runLayers(unsqueeze(x, 1), wide, null);
      return [squeeze(output, 1), last.map((given) => squeeze(given, 1))];
    }
    const { output, last } = this.#runLayers(this.batchFirst ? transpose(x, 0, 1) : x, states, null);
    return [this.batchFirst ? transpose(output, 0, 1) : output, last];
  }
  protected override describe(): string {
    return `${this.inputSize}, ${this.hiddenSize}, numLayers=${this.numLayers}, batchFirst=${this.batchFirst}, ` +
      `bidirectional=${this.bidirectional}`;
  }
}

export interface RNNOptions extends RecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
}
/** h[t] = tanh(W_ih x[t] + b_ih + W_hh h[t-1] + b_hh), or max(0, .) of it. Elman 1990. */
export class RNN extends Recurrent {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super(inputSize, hiddenSize, { gates: 1, states: [hiddenSize] }, options);
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }
  /** All hidden states of the last layer and the last ones of every layer, as PyTorch. */
  forward<S extends Tensor | PackedSequence>(x: S, h0: Tensor | null = null): [output: S, hn: Tensor] {
    const [output, [hn]] = this.run(x, h0 === null ? null : [h0]);
    return [output, hn];
  }
  protected override step([h]: readonly Tensor[], own: Tensor, [weight]: readonly Tensor[]): Tensor[] {
    return [rnnCell(add(own, linear(h, weight)), this.nonlinearity)];
  }
}
export interface LSTMOptions extends RecurrentOptions {
  /** Width of the hidden state after a projection, below hiddenSize; 0 (default): no projection. Sak et al. 2014. */
  readonly projSize?: number;
}
/** Long short-term memory: gates i, f, g, o; c = f c + i g, h = o tanh(c). Hochreiter and Schmidhuber 1997. */
export class LSTM extends Recurrent {
  readonly projSize: number;

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    const projected = options.projSize ?? 0;
    if (projected < 0 || projected >= hiddenSize) {
      throw new UsageError(`LSTM: projSize is ${projected}; it lies below hiddenSize, which is ${hiddenSize}`);
    }
    super(inputSize, hiddenSize, { gates: 4, states: [projected === 0 ? hiddenSize : projected, hiddenSize] }, options);
    this.projSize = projected;
  }
  /** All hidden states of the last layer, and the last hidden states and cells of every layer, as PyTorch. */
  forward<S extends Tensor | PackedSequence>(
    x: S, state: readonly [h0: Tensor, c0: Tensor] | null = null,
  ): [output: S, state: [hn: Tensor, cn: Tensor]] {
    const [output, [hn, cn]] = this.run(x, state);
    return [output, [hn, cn]];
  }
  protected override constants({ weight_hh, weight_hr }: RecurrentWeights): Tensor[] {
    return weight_hr === null ? [weight_hh] : [weight_hh, weight_hr];
  }
  protected override step([h, c]: readonly Tensor[], own: Tensor, constants: readonly Tensor[]): Tensor[] {
    const [weight, projection] = constants;
    const [nextH, nextC] = lstmCell(add(own, linear(h, weight)), c);
    return [constants.length === 1 ? nextH : linear(nextH, projection), nextC];
  }
}
/** Which of the two published forms of the gated unit is meant. */
export interface GRUForm {
  /**
   * True (default): n = tanh(n_x + r (U h + b)), as cuDNN and PyTorch. False: n = tanh(n_x + U (r h) + b), as in the
   * first version of Cho et al. 2014.
   */
  readonly resetAfter?: boolean;
}
/** Gated recurrent unit: gates r, z, n; h = (1 - z) n + z h, n = tanh(n_x + r n_h). Cho et al. 2014. */
export class GRU extends Recurrent {
  readonly resetAfter: boolean;

  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions & GRUForm = {}) {
    super(inputSize, hiddenSize, { gates: 3, states: [hiddenSize] }, options);
    this.resetAfter = options.resetAfter ?? true;
  }
  /** All hidden states of the last layer and the last ones of every layer, as PyTorch. */
  forward<S extends Tensor | PackedSequence>(x: S, h0: Tensor | null = null): [output: S, hn: Tensor] {
    const [output, [hn]] = this.run(x, h0 === null ? null : [h0]);
    return [output, hn];
  }
  // The state's bias of n is inside the product with r, so that biases cannot be added up.
  protected override fromInput(x: Tensor, { weight_ih, bias_ih }: RecurrentWeights): Tensor {
    return linear(x, weight_ih, bias_ih);
  }
  protected override constants({ weight_hh, bias_hh }: RecurrentWeights): Tensor[] {
    return bias_hh === null ? [weight_hh] : [weight_hh, bias_hh];
  }
  protected override step([h]: readonly Tensor[], own: Tensor, constants: readonly Tensor[]): Tensor[] {
    const [weight, bias = null] = constants as readonly [Tensor, Tensor?];
    return [this.resetAfter ? gruCell(own, linear(h, weight, bias), h) : gruCellResetBefore(own, h, weight, bias)];
  }
}
