import { linear } from "../ops/contract.ts";
import { add } from "../ops/elementwise.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gruCell, lstmCell, rnnCell } from "./functional/cells.ts";
import { uniform, zeros } from "./init.ts";
import type { BiasOption } from "./linear.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

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
  protected start(x: Tensor): Tensor {
    return zeros([x.shape[0], this.hiddenSize], x.dtype);
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
    return rnnCell(add(this.fromInput(x), this.fromState(h ?? this.start(x))), this.nonlinearity);
  }
}
/** One step of `LSTM`: x (B, inputs), h and c (B, H); the next h and c. */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: BiasOption = {}) {
    super(inputSize, hiddenSize, 4, options);
  }
  forward(x: Tensor, state: readonly [h: Tensor, c: Tensor] | null = null): [h: Tensor, c: Tensor] {
    const [h, c] = state ?? [this.start(x), this.start(x)];
    return lstmCell(add(this.fromInput(x), this.fromState(h)), c);
  }
}
/** One step of `GRU`: x (B, inputs), h (B, H), result (B, H). */
export class GRUCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: BiasOption = {}) {
    super(inputSize, hiddenSize, 3, options);
  }
  forward(x: Tensor, h: Tensor | null = null): Tensor {
    const state = h ?? this.start(x);
    return gruCell(this.fromInput(x), this.fromState(state), state);
  }
}
