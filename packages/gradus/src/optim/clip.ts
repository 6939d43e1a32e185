import { UsageError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { noGrad } from "../tensor/gradient.ts";
import { abs, add, clamp, div, maximum, minimum, mul, pow, sqrt, square } from "../ops/elementwise.ts";
import { amax, sum } from "../ops/reduce.ts";
import { keepAlive, leaveToScope } from "../runtime/storage.ts";

const withGradient = (parameters: readonly Tensor[]): Tensor[] => parameters.filter((p) => p.grad !== null);

/** The norm of all gradients together, as of one long vector; `normType` Infinity takes the largest element. */
export function gradientNorm(parameters: readonly Tensor[], normType = 2): Tensor {
  const gradients = withGradient(parameters).map((p) => p.grad!);
  if (gradients.length === 0) throw new UsageError("gradientNorm: no parameter has a gradient; call backward() first");
  return noGrad(() => {
    if (normType === Infinity) return gradients.map((g) => amax(abs(g))).reduce((a, b) => maximum(a, b));
    const powers = gradients.map((g) => sum(normType === 2 ? square(g) : pow(abs(g), normType)));
    const total = powers.reduce((a, b) => add(a, b));
    return normType === 2 ? sqrt(total) : pow(total, 1 / normType);
  });
}
/**
 * Scales all gradients so that their norm together is at most `maxNorm`; returns the norm before. Pascanu et al. 2013;
 * as torch.nn.utils.clip_grad_norm_.
 */
export function clipGradNorm(
  parameters: readonly Tensor[], maxNorm: number, options: { readonly normType?: number } = {},
): Tensor {
  const norm = gradientNorm(parameters, options.normType);
  clipGradsWithNorm(parameters, maxNorm, norm);
  return norm;
}
/** Scales all gradients by maxNorm / norm where that is below 1, for a norm found elsewhere (over several models). */
export function clipGradsWithNorm(parameters: readonly Tensor[], maxNorm: number, norm: Tensor): void {
  noGrad(() => {
    const factor = minimum(div(maxNorm, add(norm, 1e-6)), 1);
    for (const p of withGradient(parameters)) replace(p, mul(p.grad!, factor));
  });
}
/** Holds every element of every gradient within [-limit, limit]. */
export function clipGradValue(parameters: readonly Tensor[], limit: number): void {
  noGrad(() => {
    for (const p of withGradient(parameters)) replace(p, clamp(p.grad!, -limit, limit));
  });
}

/** Puts another gradient in place of the one that stood there. */
function replace(parameter: Tensor, gradient: Tensor): void {
  leaveToScope(parameter.grad!);
  parameter.grad = keepAlive(gradient);
}
