import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { linear } from "../ops/contract.ts";
import { add } from "../ops/elementwise.ts";
import { squeeze, unsqueeze } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gruCell, gruCellResetBefore, lstmCell, rnnCell } from "./functional/cells.ts";
import { uniform, zeros } from "./init.ts";
import type { BiasOption } from "./linear.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";
import type { GRUForm } from "./recurrent.ts";

/** One step of a recurrent layer; the weights are those of the layer, without the number. */
abstract class Cell extends Module {
  readonly weight_ih: Tensor;
  readonly weight_hh: Tensor;
  readonly bias_ih: Tensor | null;
  readonly bias_hh: Tensor | null;
  readonly hiddenSize: number;

  constructor(inputSize: number, hiddenSize: number, gates: number, options: BiasOption) {
    super();
    const bound = 1 / Math.sqrt(hiddenSize), rows = gates * hiddenSize;
    const draw = (...shape: number[]): Tensor => parameter(uniform(shape, -bound, bound));
    this.weight_ih = draw(rows, inputSize);
    this.weight_hh = draw(rows, hiddenSize);
    this.bias_ih = options.bias === false ? null : draw(rows);
    this.bias_hh = options.bias === false ? null : draw(rows);
    this.hiddenSize = hiddenSize;
  }
  /** The next states (B, H) from x (B, inputs) and the states (B, H). */
  protected abstract step(x: Tensor, states: readonly Tensor[]): Tensor[];

  /** A step for a batch, or for one x (inputs) with states (H). States that are not given are zeros. */
  protected run(x: Tensor, given: readonly (Tensor | null)[]): Tensor[] {
    const inputs = this.weight_ih.shape[1], rank = x.shape.length;
    if (rank < 1 || rank > 2 || x.shape[rank - 1] !== inputs) {
      throw new ShapeError(`${this.constructor.name}: the input is ${formatShape(x.shape)}; it needs 2 axes, (batch, ` +
        `features), or 1, (features), with ${inputs} features`);
    }
    const states = given.map((state) => state ?? zeros([...x.shape.slice(0, -1), this.hiddenSize], x.dtype));
    if (rank === 2) return this.step(x, states);
    return this.step(unsqueeze(x, 0), states.map((state) => unsqueeze(state, 0))).map((state) => squeeze(state, 0));
  }
  protected fromInput(x: Tensor): Tensor {
    return linear(x, this.weight_ih, this.bias_ih);
  }
  protected fromState(h: Tensor): Tensor {
    return linear(h, this.weight_hh, this.bias_hh);
  }
  protected override describe(): string {
    return `${this.weight_ih.shape[1]}, ${this.hiddenSize}`;
  }
}
/** One step of `RNN`: x (B, inputs), h (B, H), result (B, H). */
export class RNNCell extends Cell {
  readonly nonlinearity: "tanh" | "relu";
  constructor(inputSize: number, hiddenSize: number, options: BiasOption & { nonlinearity?: "tanh" | "relu" } = {}) {
    super(inputSize, hiddenSize, 1, options);
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }
  forward(x: Tensor, h: Tensor | null = null): Tensor {
    return this.run(x, [h])[0];
  }
  protected override step(x: Tensor, [h]: readonly Tensor[]): Tensor[] {
    return [rnnCell(add(this.fromInput(x), this.fromState(h)), this.nonlinearity)];
  }
}
/** One step of `LSTM`: x (B, inputs), h and c (B, H); the next h and c. */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: BiasOption = {}) {
    super(inputSize, hiddenSize, 4, options);
  }
  forward(x: Tensor, state: readonly [h: Tensor, c: Tensor] | null = null): [h: Tensor, c: Tensor] {
    const [h, c] = this.run(x, state ?? [null, null]);
    return [h, c];
  }
  protected override step(x: Tensor, [h, c]: readonly Tensor[]): Tensor[] {
    return lstmCell(add(this.fromInput(x), this.fromState(h)), c);
  }
}
/** One step of `GRU`, in either form: x (B, inputs), h (B, H), result (B, H). */
export class GRUCell extends Cell {
  readonly resetAfter: boolean;

  constructor(inputSize: number, hiddenSize: number, options: BiasOption & GRUForm = {}) {
    super(inputSize, hiddenSize, 3, options);
    this.resetAfter = options.resetAfter ?? true;
  }
  forward(x: Tensor, h: Tensor | null = null): Tensor {
    return this.run(x, [h])[0];
  }
  protected override step(x: Tensor, [h]: readonly Tensor[]): Tensor[] {
    const sums = this.fromInput(x);
    return [this.resetAfter ? gruCell(sums, this.fromState(h), h)
      : gruCellResetBefore(sums, h, this.weight_hh, this.bias_hh)];
  }
}
