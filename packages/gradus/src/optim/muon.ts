import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { add, div, maximum, mul, sub } from "../ops/elementwise.ts";
import { matmul } from "../ops/contract.ts";
import { transpose } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { blend, norm, shrunk } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface MuonOptions {
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** a, b, c of the iteration X <- a X + b (X X^T) X + c (X X^T)^2 X. */
  readonly coefficients?: readonly [number, number, number];
  readonly eps?: number;
  /** How many iterations bring the singular values near 1. */
  readonly iterations?: number;
  /** The rate times sqrt(max(1, rows/columns)), or times 0.2 sqrt(max(rows, columns)): as large as AdamW's steps. */
  readonly adjust?: "original" | "match_rms_adamw";
}

/** A matrix with the same singular vectors and singular values near 1. Newton and Schulz; Jordan et al. 2024. */
export function orthogonalized(
  x: Tensor, [a, b, c]: readonly [number, number, number], iterations: number, eps: number,
): Tensor {
  const tall = x.shape[0] > x.shape[1];
  let y = tall ? transpose(x) : x;
  y = div(y, maximum(norm(y), eps));
  for (let i = 0; i < iterations; i++) {
    const gram = matmul(y, transpose(y));
    y = add(mul(y, a), matmul(add(mul(gram, b), mul(matmul(gram, gram), c)), y));
  }
  return tall ? transpose(y) : y;
}

const MUON_STEP = rule<MuonOptions>("muon", (
  { p, g, lr, slots: { momentum_buffer: buffer } },
  { weightDecay, momentum, nesterov, coefficients, eps, iterations, adjust },
) => {
  const [rows, columns] = p.shape;
  const average = blend(buffer, g, momentum);
  const d = nesterov ? blend(average, g, momentum) : average;
  const size = adjust === "original"
    ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));
  const move = mul(orthogonalized(d, coefficients, iterations, eps), mul(lr, size));
  return { p: sub(shrunk(p, lr, weightDecay), move), momentum_buffer: average };
});

/**
 * Momentum whose matrix is made orthogonal before the step; for the weight matrices of hidden layers. Jordan et al.
 * 2024; as torch.optim.Muon, with the iteration in the parameter's dtype where PyTorch rounds to bf16. Throws on a
 * parameter that is not a matrix: give it to AdamW.
 */
export class Muon extends Optimizer<MuonOptions> {
  constructor(parameters: Parameters<MuonOptions>, options: MuonOptions = {}) {
    super(parameters, {
      lr: 1e-3, weightDecay: 0.1, momentum: 0.95, nesterov: true, coefficients: [3.4445, -4.775, 2.0315], eps: 1e-7,
      iterations: 5, adjust: "original", ...options,
    }, MUON_STEP, (_, { shape }) => {
      if (shape.length !== 2) {
        throw new ShapeError(`Muon: a parameter of shape ${formatShape(shape)} is no matrix; give biases, embeddings ` +
          "and norms to AdamW");
      }
      return { momentum_buffer: 0 };
    });
  }
}
