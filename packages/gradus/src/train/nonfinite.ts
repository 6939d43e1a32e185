import { NonFiniteError } from "../vocab/errors.ts";
import { isFloat } from "../vocab/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { tensorsIn } from "../tensor/gradient.ts";
import type { Module } from "../nn/module.ts";

type Forward = (...inputs: readonly unknown[]) => unknown;
interface Finding {
  readonly what: string;
  readonly value: Tensor;
}

/** NaN or an infinity among the numbers of a tensor, or null. */
async function fault(x: Tensor): Promise<string | null> {
  if (!isFloat(x.dtype)) return null;
  for (const value of await x.data()) if (!Number.isFinite(value)) return String(value);
  return null;
}

/**
 * Finds where a step first made a number that is not finite, by running it again eagerly: first the batch and the
 * parameters, then the output of every module in the order of computation, then the loss, then the gradients. The step
 * itself wrote nothing, since `compile` assigns State only if all gradients are finite.
 */
export async function explainNonFinite(
  model: Module, batch: readonly Tensor[], loss: (...batch: Tensor[]) => Tensor, step: number,
): Promise<NonFiniteError> {
  const outputs: Finding[] = [];
  const parameters = model.namedParameters();
  const restore = watch(model, outputs);
  let value: Tensor;
  try {
    model.zeroGrad();
    value = loss(...batch);
    value.backward();
  } finally {
    restore();
  }
  const suspects: Finding[] = [
    ...batch.map((x, i) => ({ what: `input ${i} of the batch holds`, value: x })),
    ...parameters.map(([name, x]) => ({ what: `parameter ${name} holds`, value: x })),
    ...outputs,
    { what: "the loss became", value },
    ...parameters.flatMap(([name, { grad }]) =>
      (grad === null ? [] : [{ what: `the gradient of ${name} holds`, value: grad }])),
  ];
  for (const { what, value: suspect } of suspects) {
    const found = await fault(suspect);
    if (found !== null) {
      return new NonFiniteError(`step ${step}: ${what} ${found}, before anything else did; a lower learning rate, ` +
        `clipping of ` +
        "gradients or scaled inputs often help");
    }
  }
  return new NonFiniteError(`step ${step}: the loss or its gradient was not finite, but not when the step ran again ` +
    "operation by operation; a lower learning rate often helps");
}

/** Notes the output of every module while the model runs; returns what undoes it. */
function watch(model: Module, outputs: Finding[]): () => void {
  const undo: (() => void)[] = [];
  for (const [name, module] of model.namedModules()) {
    const target = module as Module & { forward?: Forward };
    const forward = target.forward;
    if (forward === undefined) continue;
    const label = `the output of ${name === "" ? "the model" : name} (${module.constructor.name}) holds`;
    Object.defineProperty(target, "forward", {
      configurable: true, enumerable: false,
      value: (...inputs: readonly unknown[]): unknown => {
        const result = forward.apply(module, inputs as unknown[]);
        for (const value of tensorsIn(result)) outputs.push({ what: label, value });
        return result;
      },
    });
    undo.push(() => Reflect.deleteProperty(target, "forward"));
  }
  return () => undo.forEach((back) => back());
}
