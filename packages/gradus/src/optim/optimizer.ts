import { leaveToScope } from "../runtime/storage.ts";
import { UsageError } from "../vocab/errors.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { state, tensor } from "../tensor/create.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import { assign, eagerly } from "../exec/state.ts";
import { currentTrace, guarded } from "../exec/trace.ts";
import { applyAll } from "../ops/composite.ts";
import { add, cast } from "../ops/elementwise.ts";
import { full } from "../ops/create.ts";
import { attributesOf } from "./rule.ts";
import { loadStates, saveStates } from "./states.ts";

/** Parameters that share options; what is not given comes from the optimizer. */
export type ParameterGroup<O extends object> = { readonly parameters: readonly Tensor[] } & Partial<O>;
/** Parameters, or groups of them with options of their own. */
export type Parameters<O extends object> = readonly Tensor[] | readonly ParameterGroup<O>[];

/** What is kept for a parameter before the first step, by name; a number fills a tensor of the parameter's shape. */
export type Start<O> = (options: O, parameter: Tensor) => Readonly<Partial<Record<string, Tensor | number>>>;

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

  constructor(parameters: readonly Tensor[], options: O, lr: number, start: Start<O>) {
    this.parameters = parameters;
    this.options = options;
    this.#lr = lr;
    const dtype = parameters.some((p) => p.dtype === "f64") ? "f64" : "f32";
    this.rate = eagerly(() => state(tensor(lr, { dtype })));
    this.step = eagerly(() => state(tensor(0, { dtype })));
    for (const parameter of parameters) {
      const slot = (value: Tensor | number): Tensor => state(typeof value === "number"
        ? full(parameter.shape, value, parameter.dtype) : cast(value, parameter.dtype));
      const values = eagerly(() => Object.entries(start(options, parameter))
        .map(([name, value]) => [name, slot(value!)] as const));
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
 * function alike. A subclass brings its rule, the default options and what its slots hold at the start.
 */
export abstract class Optimizer<O extends { readonly lr?: number }> {
  readonly #groups: Group<Required<O>>[] = [];
  readonly #options: Required<O>;
  readonly #rule: CompositeDefinition;
  readonly #start: Start<Required<O>>;

  protected constructor(
    parameters: Parameters<O>, options: Required<O>, rule: CompositeDefinition, start: Start<Required<O>>,
  ) {
    this.#options = options;
    this.#rule = rule;
    this.#start = start;
    if (parameters.length === 0) throw this.#empty();
    const listed = parameters.map((item) => ("parameters" in item ? item : null));
    if (listed.includes(null)) {
      this.addParamGroup({ parameters: parameters as readonly Tensor[] } as ParameterGroup<O>);
    } else {
      for (const group of listed as readonly ParameterGroup<O>[]) this.addParamGroup(group);
    }
  }

  get groups(): readonly Group<Required<O>>[] {
    return this.#groups;
  }
  /** Takes further parameters, with options of their own: what is not given comes from the optimizer. */
  addParamGroup({ parameters, ...rest }: ParameterGroup<O>): void {
    const name = this.constructor.name;
    const all = { ...this.#options, ...rest } as Required<O>;
    const lr = Number(all.lr);
    if (!(lr >= 0)) throw new UsageError(`${name}: lr is ${lr}; a learning rate is a number >= 0`);
    if (parameters.length === 0) throw this.#empty();
    const every = [...this.#groups.flatMap((group) => group.parameters), ...parameters];
    if (new Set(every).size !== every.length) {
      throw new UsageError(`${name}: a parameter stands in two groups; put it into one`);
    }
    this.#groups.push(new Group(parameters, all, lr, this.#start));
  }
  #empty(): UsageError {
    return new UsageError(`${this.constructor.name}: there are no parameters; pass model.parameters()`);
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
    // A compiled step that knew fewer groups is traced again.
    guarded(() => this.#groups.length);
    noGrad(() => {
      for (const group of this.#groups) this.#stepGroup(group);
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
      const { values, step } = group.slots.get(parameter)!;
      const kept = Object.values(values);
      const next = applyAll(this.#rule, [parameter, cast(parameter.grad!, parameter.dtype), group.rate, step, ...kept],
        attributesOf(group.options, Object.keys(values)));
      [parameter, ...kept].forEach((target, i) => { assign(target, cast(next[i], target.dtype)); });
    }
  }

  /** Steps and slots by name, as they are now. Learning rates and options are the constructor's and the schedule's. */
  stateDict(): Record<string, Tensor> {
    return saveStates(this.#states());
  }
  /** Takes up where `stateDict` was made, for an optimizer over the same parameters in the same order. */
  loadStateDict(record: Readonly<Record<string, Tensor>>): void {
    for (const { path, group, slots } of this.#entries()) {
      if (!Object.hasOwn(record, `${path}.step`)) slots.step = group.step;
      else if (slots.step === group.step) slots.step = eagerly(() => state(detach(group.step)));
    }
    loadStates(this.constructor.name, this.#states(), record);
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
