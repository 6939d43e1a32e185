import { isFloat } from "../vocab/dtype.ts";
import { UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { Node } from "../ir/node.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { eagerly } from "../exec/state.ts";
import { ModuleDict } from "./container.ts";
import { Module } from "./module.ts";
import { buffer, firstNumbers, parameter } from "./parameter.ts";

/** A parameter as a function of others that are learned in its place. */
export abstract class Parametrization extends Module {
  /** The parameter, from what is learned. */
  abstract forward(...originals: readonly Tensor[]): Tensor;
  /** What is kept so that `forward` gives a value, by default the value itself; floats are learned. */
  rightInverse(value: Tensor): readonly Tensor[] {
    return [value];
  }
}

/** What is learned (`original`, or `original0`, `original1`, ...) and the functions "0", "1", ... that follow. */
export class ParametrizationList extends Module {
  readonly #originals: Tensor[];
  readonly #steps: Parametrization[];

  constructor(first: Parametrization, value: Tensor) {
    super();
    this.#originals = eagerly(() => firstNumbers(() => [...first.rightInverse(value)])
      .map((x) => (isFloat(x.dtype) ? parameter(x) : buffer(x))));
    this.#steps = [first];
  }
  protected override members(): Iterable<readonly [string, unknown]> {
    const one = this.#originals.length === 1;
    return [
      ...this.#originals.map((x, i) => [one ? "original" : `original${i}`, x] as const),
      ...this.#steps.map((step, i) => [String(i), step] as const),
    ];
  }
  append(step: Parametrization): void {
    this.#steps.push(step);
  }
  /** The parameter as it is now. */
  forward(): Tensor {
    const [first, ...rest] = this.#steps;
    return rest.reduce((value, step) => step.forward(value), first.forward(...this.#originals));
  }
}

/** The parameter of a name, which the module itself must hold. */
export function parameterOf(module: Module, name: string): Tensor {
  const value: unknown = Reflect.get(module, name);
  if (value instanceof Node) return value;
  const names = module.namedParameters().map(([key]) => key).join(", ");
  throw new UsageError(`parametrization: ${module.constructor.name} has no parameter "${name}"; it has ${names}`);
}
/** The parametrizations of a module, by parameter. */
const known = new WeakMap<Module, ModuleDict<ParametrizationList>>();

/**
 * Makes a parameter of a module the result of a parametrization, as torch.nn.utils.parametrize does: `module[name]` is
 * computed whenever it is read, and checkpoints hold `parametrizations.<name>.original`. Another one comes on top.
 */
export function registerParametrization<M extends Module>(module: M, name: string, step: Parametrization): M {
  const value = parameterOf(module, name);
  let all = known.get(module);
  if (all === undefined) {
    known.set(module, all = new ModuleDict<ParametrizationList>());
    Object.defineProperty(module, "parametrizations", { value: all, enumerable: true, configurable: true });
  }
  if (all.has(name)) {
    all.get(name).append(step);
    return module;
  }
  const list = new ParametrizationList(step, value);
  const made = firstNumbers(() => list.forward().shape);
  if (!sameShape(made, value.shape)) {
    throw new UsageError(`registerParametrization: ${step.constructor.name} makes ${formatShape(made)} of ` +
      `"${name}", which is ${formatShape(value.shape)}; the shape must stay`);
  }
  all.set(name, list);
  // Not enumerable: what is learned is found under `parametrizations` and not here.
  Object.defineProperty(module, name, { get: () => list.forward(), enumerable: false, configurable: true });
  return module;
}
/** Whether a parameter of a module (or any, without a name) is computed by a parametrization. */
export const isParametrized = (module: Module, name?: string): boolean =>
  name === undefined ? known.has(module) : known.get(module)?.has(name) ?? false;

/** Makes a parameter plain again, with the value that its parametrization gives now. */
export function removeParametrizations<M extends Module>(module: M, name: string): M {
  const all = known.get(module);
  if (all?.has(name) !== true) {
    throw new UsageError(`removeParametrizations: "${name}" of ${module.constructor.name} has no parametrization`);
  }
  const value = eagerly(() => noGrad(() => parameter(all.pop(name).forward())));
  Object.defineProperty(module, name, { value, enumerable: true, configurable: true, writable: true });
  if (all.size === 0) {
    known.delete(module);
    Reflect.deleteProperty(module, "parametrizations");
  }
  return module;
}
