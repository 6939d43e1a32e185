import { UsageError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import { assign } from "../exec/state.ts";
import { guarded } from "../exec/trace.ts";
import { Hooks, type BackwardHook, type ForwardHook, type ForwardPreHook, type HookHandle } from "./hooks.ts";
import { isBuffer, isParameter, isPersistent } from "./parameter.ts";
import { compareKeys, reportKeys, type KeyReport } from "./state-dict.ts";

/** A module whose `forward` takes one tensor and gives one: what `Sequential` chains. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/**
 * A piece of a network. Fields that hold parameters, buffers or other modules are found by looking at the object, in
 * the order of declaration, and their names are the keys of the checkpoint, as in PyTorch. Subclasses define `forward`.
 */
export class Module {
  #training = true;
  #hooks: Hooks | null = null;

  /** True while training: dropout drops and batch norm uses the batch. Set by `train()` and `eval()`. */
  get training(): boolean {
    // A compiled function that looked at the mode is traced again when it changes.
    return guarded(() => this.#training);
  }
  set training(mode: boolean) {
    this.#training = mode;
  }

  /** What the module holds, by name: its fields; containers name theirs otherwise. */
  protected members(): Iterable<readonly [name: string, value: unknown]> {
    return Object.entries(this);
  }
  /** Modules held directly, by name. */
  namedChildren(): [name: string, module: Module][] {
    return [...this.members()].flatMap(([name, value]) => (value instanceof Module ? [[name, value]] : []));
  }
  /** Modules held directly. */
  children(): Module[] {
    return this.namedChildren().map(([, module]) => module);
  }
  /** This module and all below it, each once, with dotted names; its own name is `prefix`. */
  namedModules(prefix = ""): [name: string, module: Module][] {
    const found = new Map<Module, string>();
    const visit = (module: Module, path: string): void => {
      if (found.has(module)) return;
      found.set(module, path);
      for (const [name, child] of module.namedChildren()) visit(child, join(path, name));
    };
    visit(this, prefix);
    return [...found].map(([module, name]) => [name, module]);
  }
  /** This module and all below it, each once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** Parameters here and below, each once (a shared one under its first name). */
  namedParameters(prefix = ""): [name: string, parameter: Tensor][] {
    return this.#once(isParameter, prefix);
  }
  /** Parameters here and below: what an optimizer takes. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }
  /** Buffers here and below, each once. */
  namedBuffers(prefix = ""): [name: string, buffer: Tensor][] {
    return this.#once(isBuffer, prefix);
  }
  /** Buffers here and below. */
  buffers(): Tensor[] {
    return this.namedBuffers().map(([, buffer]) => buffer);
  }
  #once(wanted: (value: unknown) => value is Tensor, prefix: string): [string, Tensor][] {
    const found = new Map<Tensor, string>();
    for (const [path, module] of this.namedModules(prefix)) {
      for (const [name, value] of module.#own(wanted)) if (!found.has(value)) found.set(value, join(path, name));
    }
    return [...found].map(([value, name]) => [name, value]);
  }
  #own(wanted: (value: unknown) => value is Tensor): [string, Tensor][] {
    return [...this.members()].flatMap(([name, value]) => (wanted(value) ? [[name, value]] : []));
  }
  /** The module at a dotted path, as `namedModules` names it. */
  getSubmodule(path: string): Module {
    return path.split(".").filter((name) => name !== "").reduce((module: Module, name) => {
      const found = module.namedChildren().find(([key]) => key === name)?.[1];
      if (found !== undefined) return found;
      const names = module.namedChildren().map(([key]) => key).join(", ");
      throw new UsageError(`getSubmodule: there is no "${name}" of "${path}"; ${module.constructor.name} holds ` +
        (names === "" ? "no modules" : names));
    }, this);
  }
  /** How many numbers are learned. */
  parameterCount(): number {
    return this.parameters().reduce((n, parameter) => n + parameter.numel, 0);
  }

  /** Every State by its key, shared ones under each of their names: of a module its parameters, buffers, children. */
  #states(prefix: string, into: Map<string, Tensor>): Map<string, Tensor> {
    for (const wanted of [isParameter, isPersistent]) {
      for (const [name, value] of this.#own(wanted)) into.set(join(prefix, name), value);
    }
    for (const [name, child] of this.namedChildren()) child.#states(join(prefix, name), into);
    return into;
  }
  /** Parameters and persistent buffers by name, as they are now: later training does not change what is returned. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries([...this.#states("", new Map())].map(([name, value]) => [name, detach(value)]));
  }
  /**
   * Gives parameters and buffers the values of a record, cast to their own dtype. With `strict` (the default) every key
   * must fit; without it, keys that are missing or unexpected are left alone and reported. A value of another shape is
   * always an error. Nothing is assigned when an error is thrown.
   */
  loadStateDict(record: Readonly<Record<string, Tensor>>, options: { readonly strict?: boolean } = {}): KeyReport {
    const own = this.#states("", new Map());
    const report = compareKeys(own, record);
    const wrong = report.mismatched.length > 0 ||
      ((options.strict ?? true) && report.missing.length + report.unexpected.length > 0);
    if (wrong) throw reportKeys(this.constructor.name, report, own, record);
    noGrad(() => {
      for (const [name, target] of own) {
        if (Object.hasOwn(record, name)) assign(target, record[name].cast(target.dtype));
      }
    });
    return report;
  }

  /** Sets the mode here and below. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }
  /** Sets the mode of use: no dropout, running averages in batch norm. */
  eval(): this {
    return this.train(false);
  }
  /** Calls a function with every module, children first. */
  apply(visit: (module: Module) => void): this {
    for (const child of this.children()) child.apply(visit);
    visit(this);
    return this;
  }
  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }
  /** Turns gradients of all parameters on or off: off freezes the module. */
  requiresGrad_(enabled = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = enabled;
    return this;
  }

  /** `requiresGrad_(false)`: nothing here and below is learned any more. */
  freeze(): this {
    return this.requiresGrad_(false);
  }
  /** `requiresGrad_(true)`: everything here and below is learned again. */
  unfreeze(): this {
    return this.requiresGrad_(true);
  }

  /** Calls a function before each `forward`, which may change the arguments. Hooks run while `compile` traces. */
  registerForwardPreHook(hook: ForwardPreHook<this>): HookHandle {
    return this.#hook((hooks) => hooks.before, hook);
  }
  /** Calls a function after each `forward`, which may change the output: to look at activations, or to edit them. */
  registerForwardHook(hook: ForwardHook<this>): HookHandle {
    return this.#hook((hooks) => hooks.after, hook);
  }
  /** Calls a function when the gradients of the inputs of a `forward` are known, which may change them. */
  registerFullBackwardHook(hook: BackwardHook<this>): HookHandle {
    return this.#hook((hooks) => hooks.backward, hook);
  }
  /** While there are hooks, an own `forward` stands before that of the class; without any, nothing is in the way. */
  #hook<H>(list: (hooks: Hooks) => Set<H>, hook: H): HookHandle {
    const hooks = this.#hooks ??= new Hooks(this);
    if (hooks.empty) {
      const forward = Reflect.get(this, "forward") as (...inputs: readonly unknown[]) => unknown;
      const value = (...inputs: readonly unknown[]): unknown => hooks.run(forward.bind(this), inputs);
      Object.defineProperty(this, "forward", { value, configurable: true, enumerable: false });
    }
    list(hooks).add(hook);
    return {
      remove: () => {
        if (list(hooks).delete(hook) && hooks.empty) Reflect.deleteProperty(this, "forward");
      },
    };
  }

  /** The options of a layer as `toString` shows them. */
  protected describe(): string {
    return "";
  }
  /** The tree of modules, one a line, as PyTorch prints it. */
  toString(): string {
    const indented = (child: Module): string => String(child).replaceAll("\n", "\n  ");
    const lines = this.namedChildren().map(([name, child]) => `  (${name}): ${indented(child)}\n`);
    const inside = lines.length === 0 ? this.describe() : `\n${lines.join("")}`;
    return `${this.constructor.name}(${inside})`;
  }
  /** Puts a parameter, buffer or module (or null) under a name that is known only at run time. */
  protected register(name: string, value: Tensor | Module | null): void {
    if (name === "" || name.includes(".") || name in this) {
      throw new UsageError(`register: "${name}" is taken or not a name; use a new name without dots`);
    }
    Object.assign(this, { [name]: value });
  }
}

const join = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);
