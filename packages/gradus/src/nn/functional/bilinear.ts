import type { Tensor } from "../../tensor/tensor.ts";
import { einsum } from "../../ops/contract.ts";
import { add } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";

/** y_k = a W_k b + c_k: a (..., in1), b (..., in2), weight (out, in1, in2), bias (out) or null; y (..., out). */
export function bilinear(a: Tensor, b: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const [out, in1, in2] = weight.shape;
  const rows = einsum("bi,kij->bkj", reshape(a, [-1, in1]), weight);
  const y = reshape(einsum("bkj,bj->bk", rows, reshape(b, [-1, in2])), [...a.shape.slice(0, -1), out]);
  return bias === null ? y : add(y, bias);
}
