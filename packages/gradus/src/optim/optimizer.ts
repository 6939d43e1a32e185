import { leaveToScope } from "../runtime/storage.ts";
import { DataError, UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { state, tensor } from "../tensor/create.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import { assign, eagerly } from "../exec/state.ts";
import { currentTrace } from "../exec/trace.ts";
import { add, cast } from "../ops/elementwise.ts";
import { zeros } from "../ops/create.ts";

/** Parameters that share options; what is not given comes from the optimizer. */
export type ParameterGroup<O extends object> = { readonly parameters: readonly Tensor[] } & Partial<O>;
/** Parameters, or groups of them with options of their own. */
export type Parameters<O extends object> = readonly Tensor[] | readonly ParameterGroup<O>[];

/** What an optimizer keeps for one parameter. */
export interface Slots {
  /** Averages and the like, by PyTorch's names; State. */
  readonly values: Readonly<Record<string, Tensor>>;
  /** Steps taken, a 0-d State: that of the group until the parameter misses a step. */
  step: Tensor;
}

/** A group with everything the optimizer keeps for it. */
export class Group<O extends object> {
  readonly parameters: readonly Tensor[];
  readonly options: O;
  /** Learning rate and steps taken, 0-d State, so that compiled steps see changes. */
  readonly rate: Tensor;
  readonly step: Tensor;
  readonly slots = new Map<Tensor, Slots>();
  #lr: number;

  constructor(parameters: readonly Tensor[], options: O, lr: number, names: readonly string[]) {
    this.parameters = parameters;
    this.options = options;
    this.#lr = lr;
    const dtype = parameters.some((p) => p.dtype === "f64") ? "f64" : "f32";
    this.rate = eagerly(() => state(tensor(lr, { dtype })));
    this.step = eagerly(() => state(tensor(0, { dtype })));
    for (const parameter of parameters) {
      const slot = (): Tensor => state(zeros(parameter.shape, parameter.dtype));
      const values = eagerly(() => names.map((name) => [name, slot()] as const));
      this.slots.set(parameter, { values: Object.fromEntries(values), step: this.step });
    }
  }
  /** The learning rate; assigning changes it from the next step on, in compiled steps too. */
  get lr(): number {
    return this.#lr;
  }
  set lr(value: number) {
    if (currentTrace() !== null) {
      throw new UsageError("lr: set the learning rate (or step a scheduler) outside the compiled function; " +
        "inside, the number would be fixed for good");
    }
    this.#lr = value;
    noGrad(() => assign(this.rate, tensor(value, { dtype: this.rate.dtype })));
  }
}

/**
 * Changes parameters by their gradients. Everything it keeps is State, so `step` works eagerly and inside a compiled
 * function alike. Subclasses say what one parameter becomes.
 */
export abstract class Optimizer<O extends { readonly lr?: number }> {
  readonly groups: readonly Group<Required<O>>[];

  /** `slots` names what is kept for each parameter. */
  protected constructor(
    parameters: Parameters<O>, options: Required<O>, slots: (options: Required<O>) => readonly string[],
  ) {
    const name = this.constructor.name;
    const listed = parameters.map((item) => ("parameters" in item ? item : null));
    const groups: readonly ParameterGroup<O>[] = listed.includes(null)
      ? [{ parameters: parameters as readonly Tensor[] } as ParameterGroup<O>]
      : listed as readonly ParameterGroup<O>[];
    this.groups = groups.map(({ parameters: own, ...rest }) => {
      const all: Required<O> = { ...options, ...rest };
      const lr = Number(all.lr);
      if (!(lr >= 0)) throw new UsageError(`${name}: lr is ${lr}; a learning rate is a number >= 0`);
      return new Group(own, all, lr, slots(all));
    });
    const every = this.groups.flatMap((group) => group.parameters);
    if (every.length === 0) throw new UsageError(`${name}: there are no parameters; pass model.parameters()`);
    if (new Set(every).size !== every.length) {
      throw new UsageError(`${name}: a parameter stands in two groups; put it into one`);
    }
  }

  /** The learning rate of the first group; assigning sets that of all groups. */
  get lr(): number {
    return this.groups[0].lr;
  }
  set lr(value: number) {
    for (const group of this.groups) group.lr = value;
  }
  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const group of this.groups) {
      for (const parameter of group.parameters) {
        if (parameter.grad !== null) leaveToScope(parameter.grad);
        parameter.grad = null;
      }
    }
  }
  /** Changes every parameter that has a gradient. */
  step(): void {
    noGrad(() => {
      for (const group of this.groups) this.#stepGroup(group);
    });
  }
  #stepGroup(group: Group<Required<O>>): void {
    const moving = group.parameters.filter((parameter) => parameter.grad !== null);
    if (moving.length === 0) return;
    for (const parameter of group.parameters) {
      const slots = group.slots.get(parameter)!;
      // A parameter that sits out a step counts its steps alone from now on.
      if (parameter.grad === null && slots.step === group.step) slots.step = eagerly(() => state(detach(group.step)));
    }
    for (const step of new Set(moving.map((parameter) => group.slots.get(parameter)!.step))) assign(step, add(step, 1));
    for (const parameter of moving) {
      const slots = group.slots.get(parameter)!;
      const next = this.update(parameter, cast(parameter.grad!, parameter.dtype), slots, group);
      for (const [target, value] of next) assign(target, cast(value, target.dtype));
    }
  }
  /** The next value of a parameter and of its slots. */
  protected abstract update(
    parameter: Tensor, gradient: Tensor, slots: Slots, group: Group<Required<O>>,
  ): readonly (readonly [state: Tensor, value: Tensor])[];

  /** Steps and slots by name, as they are now. Learning rates and options are the constructor's and the schedule's. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries([...this.#states()].map(([name, value]) => [name, detach(value)]));
  }
  /** Takes up where `stateDict` was made, for an optimizer over the same parameters in the same order. */
  loadStateDict(record: Readonly<Record<string, Tensor>>): void {
    const name = this.constructor.name;
    for (const { path, group, slots } of this.#entries()) {
      if (!Object.hasOwn(record, `${path}.step`)) slots.step = group.step;
      else if (slots.step === group.step) slots.step = eagerly(() => state(detach(group.step)));
    }
    const own = this.#states();
    for (const [key, target] of own) {
      if (!Object.hasOwn(record, key)) throw misfit(name, `"${key}" is missing`);
      if (!sameShape(record[key].shape, target.shape)) {
        throw misfit(name, `"${key}" has shape ${formatShape(record[key].shape)}, not ${formatShape(target.shape)}`);
      }
    }
    noGrad(() => {
      for (const [key, target] of own) assign(target, cast(record[key], target.dtype));
    });
  }
  /** Every parameter's slots, numbered through all groups. */
  #entries(): { readonly path: string; readonly group: Group<Required<O>>; readonly slots: Slots }[] {
    return this.groups.flatMap((group) => [...group.slots.values()].map((slots) => ({ group, slots })))
      .map((entry, i) => ({ path: `state.${i}`, ...entry }));
  }
  #states(): Map<string, Tensor> {
    const found = new Map(this.groups.map((group, g) => [`groups.${g}.step`, group.step]));
    for (const { path, group, slots } of this.#entries()) {
      for (const [name, value] of Object.entries(slots.values)) found.set(`${path}.${name}`, value);
      if (slots.step !== group.step) found.set(`${path}.step`, slots.step);
    }
    return found;
  }
}
const misfit = (name: string, what: string): DataError =>
  new DataError(`${name}.loadStateDict: ${what}; it must come from a ${name} over the same parameters`);
