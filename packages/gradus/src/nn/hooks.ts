import type { Tensor } from "../tensor/tensor.ts";
import { Node } from "../ir/node.ts";
import { gradientsEnabled } from "../ir/emit.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { applyAll } from "../ops/composite.ts";
import { mul } from "../ops/elementwise.ts";

/** Called before `forward` with its arguments; an array that it gives takes their place. */
export type ForwardPreHook<M> = (module: M, inputs: readonly unknown[]) => readonly unknown[] | undefined;
/** Called after `forward`; anything but undefined takes the place of the output. */
export type ForwardHook<M> = (module: M, inputs: readonly unknown[], output: unknown) => unknown;
/** One gradient per tensor, in order; null where there is none. */
export type Gradients = readonly (Tensor | null)[];
/**
 * Called when the gradients of a module's inputs are known, with those of its outputs; an array that it gives takes the
 * place of the former.
 */
export type BackwardHook<M> = (module: M, inputs: Gradients, outputs: Gradients) => Gradients | undefined;
export interface HookHandle {
  /** Takes the hook away again; a second call does nothing. */
  remove(): void;
}

/** What runs around `forward` of one module, which the hooks know better than this file: hence `never`. */
export class Hooks {
  readonly before = new Set<ForwardPreHook<never>>();
  readonly after = new Set<ForwardHook<never>>();
  readonly backward = new Set<BackwardHook<never>>();
  readonly #module: never;

  constructor(module: object) {
    this.#module = module as never;
  }
  get empty(): boolean {
    return this.before.size + this.after.size + this.backward.size === 0;
  }
  run(forward: (...inputs: readonly unknown[]) => unknown, inputs: readonly unknown[]): unknown {
    const module = this.#module;
    let given = inputs;
    for (const hook of this.before) given = hook(module, given) ?? given;
    const watch = this.backward.size > 0 && gradientsEnabled() ? this.#watch(given) : null;
    const args = watch?.inputs ?? given;
    let output = forward(...args);
    for (const hook of this.after) output = hook(module, args, output) ?? output;
    return watch === null ? output : watch.outputs(output);
  }
  /** Inputs and outputs behind nodes that change nothing and see the gradients pass. */
  #watch(given: readonly unknown[]): {
    readonly inputs: readonly unknown[]; outputs(output: unknown): unknown;
  } {
    let atOutputs: Gradients = [], reached = false;
    const call = (atInputs: Gradients): Gradients => {
      let found = atInputs;
      for (const hook of this.backward) found = hook(this.#module, found, atOutputs) ?? found;
      return found;
    };
    const inputs = observe(given, (gradients) => {
      reached = true;
      return call(gradients);
    });
    const watchesInputs = tensorsOf(inputs).length > 0;
    return {
      inputs,
      outputs: (output) => observe(output, (gradients) => {
        atOutputs = gradients;
        // Where no input asks for a gradient, this is the last that is seen of the backward pass.
        if (!watchesInputs && !reached) call([]);
        return gradients;
      }),
    };
  }
}

const tensorsOf = (value: unknown): Tensor[] => {
  if (value instanceof Node) return value.requiresGrad ? [value] : [];
  return Array.isArray(value) ? value.flatMap(tensorsOf) : [];
};
/** The tensors in nested arrays that ask for a gradient, behind one node whose gradient rule is `seen`. */
function observe<T>(value: T, seen: (gradients: Gradients) => Gradients): T {
  const tensors = tensorsOf(value);
  if (tensors.length === 0) return value;
  const definition: CompositeDefinition = {
    name: "hook", body: (inputs) => inputs.map((x) => mul(x, 1)), vjp: (_, __, gradients) => seen(gradients),
  };
  const passed = new Map(tensors.map((x, i) => [x, i])), made = applyAll(definition, tensors);
  const replace = (part: unknown): unknown => {
    if (part instanceof Node) return passed.has(part) ? made[passed.get(part)!] : part;
    return Array.isArray(part) ? part.map(replace) : part;
  };
  return replace(value) as T;
}
