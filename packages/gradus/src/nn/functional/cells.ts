import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply, applyAll } from "../../ops/composite.ts";
import { linear } from "../../ops/contract.ts";
import { add, mul, sigmoid, sub, tanh } from "../../ops/elementwise.ts";
import { chunk, split } from "../../ops/movement.ts";
import { relu } from "./activation.ts";

// What a recurrent unit does with its sums: x W_ih^T + b_ih comes from outside, computed for all steps at once.

/** Operands: sums of the four gates i, f, g, o (B, 4H) and the cell (B, H). Results: hidden state and cell. */
const LSTM_CELL: CompositeDefinition = {
  name: "lstmCell",
  body: ([gates, cell]) => {
    const [i, f, g, o] = chunk(gates, 4, 1);
    const next = add(mul(sigmoid(f), cell), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(next)), next];
  },
};
/** Operands: the input's and the state's sums of the gates r, z, n (B, 3H) each, and the state (B, H). */
const GRU_CELL: CompositeDefinition = {
  name: "gruCell",
  body: ([fromInput, fromState, h]) => {
    const [ri, zi, ni] = chunk(fromInput, 3, 1), [rh, zh, nh] = chunk(fromState, 3, 1);
    const r = sigmoid(add(ri, rh)), z = sigmoid(add(zi, zh));
    const n = tanh(add(ni, mul(r, nh)));
    return add(n, mul(z, sub(h, n)));
  },
};
/** Operands: the sums (B, H). */
const RNN_CELL: CompositeDefinition = {
  name: "rnnCell",
  body: ([sums], { rectified }) => (rectified === true ? relu(sums) : tanh(sums)),
};

/** c' = f c + i g, h' = o tanh(c'). Hochreiter and Schmidhuber 1997; Gers et al. 2000. */
export const lstmCell = (gates: Tensor, cell: Tensor): [h: Tensor, c: Tensor] =>
  applyAll(LSTM_CELL, [gates, cell]) as [Tensor, Tensor];
/** h' = (1 - z) n + z h, n = tanh(n_x + r n_h). Cho et al. 2014. */
export const gruCell = (fromInput: Tensor, fromState: Tensor, h: Tensor): Tensor =>
  apply(GRU_CELL, [fromInput, fromState, h]);
/**
 * The same unit with the reset before the product: n = tanh(W x + U (r h) + b). Operands: the input's sums (B, 3H), the
 * state (B, H), and the state's weights (3H, H) and biases (3H). Cho et al. 2014, equation 8 of the first version;
 * `gruCell` takes the product first, which lets one product serve all three gates.
 */
export function gruCellResetBefore(fromInput: Tensor, h: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const hidden = h.shape[h.shape.length - 1], parts = [2 * hidden, hidden];
  const [ri, zi, ni] = chunk(fromInput, 3, 1);
  const [gateWeight, newWeight] = split(weight, parts), [gateBias, newBias] = bias === null ? [] : split(bias, parts);
  const [rh, zh] = chunk(linear(h, gateWeight, gateBias ?? null), 2, 1);
  const r = sigmoid(add(ri, rh)), z = sigmoid(add(zi, zh));
  const n = tanh(add(ni, linear(mul(r, h), newWeight, newBias ?? null)));
  return add(n, mul(z, sub(h, n)));
}
/** h' = tanh or max(0, .) of the sums. Elman 1990. */
export const rnnCell = (sums: Tensor, nonlinearity: "tanh" | "relu"): Tensor =>
  apply(RNN_CELL, [sums], { rectified: nonlinearity === "relu" });
