import { F, Tensor } from "gradus";
import { Unreadable, type Expression } from "./parse.ts";

/** One operation of the expression, in the order of evaluation. */
export interface Step {
  readonly name: string;
  /** Where it stands in the text. */
  readonly from: number;
  readonly to: number;
  readonly operands: readonly Tensor[];
  readonly output: Tensor;
}

/** Methods that take a tensor and give one, without reading numbers. */
const METHODS = new Set(`add sub mul div pow maximum minimum remainder floorDivide eq ne lt le gt ge neg abs sign floor
  ceil round sqrt rsqrt reciprocal exp log log2 log10 expm1 log1p sin cos tan tanh sigmoid erf square clamp cast
  reshape flatten permute transpose moveAxis unsqueeze squeeze expand broadcastTo narrow select flip pad sum prod amax
  amin max min mean variance var std argmax argmin take indexSelect gather tril triu cumsum matmul mm`.split(/\s+/));
const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** Writes an expression down over tensors; gives its result and the operations it was made of. */
export function evaluate(expression: Expression, given: Readonly<Record<string, Tensor>>): {
  readonly result: Tensor; readonly steps: readonly Step[];
} {
  const steps: Step[] = [];
  const valueOf = (e: Expression): unknown => {
    switch (e.kind) {
      case "number": case "text": case "flag": return e.value;
      case "nothing": return null;
      case "list": return e.items.map(valueOf);
      case "record": return Object.fromEntries(e.fields.map(([name, value]) => [name, valueOf(value)]));
      case "name":
        if (!Object.hasOwn(given, e.name)) {
          throw new Unreadable(`there is no ${e.name}; declared are ${Object.keys(given).join(", ")}`, 0);
        }
        return given[e.name];
      case "call": return call(e);
    }
  };
  const call = (e: Expression & { kind: "call" }): unknown => {
    const { name, from, to } = e;
    let on = e.on === null ? null : valueOf(e.on);
    let args = e.args.map(valueOf);
    // 2 * x is x.mul(2); 2 - x is x.neg().add(2) and 2 / x is x.reciprocal().mul(2).
    if (typeof on === "number" && typeof args[0] === "number") return arithmetic(name, on, args[0], from);
    if (typeof on === "number" && isTensor(args[0])) {
      const x = args[0];
      on = name === "sub" ? x.neg() : name === "div" ? x.reciprocal() : x;
      args = [e.on !== null && e.on.kind === "number" ? e.on.value : 0];
      return note(name === "sub" ? "add" : name === "div" ? "mul" : name, on as Tensor, args, from, to, [x]);
    }
    if (on === null) {
      const [first, ...rest] = args;
      if (!isTensor(first)) throw new Unreadable(`${name}() needs a tensor first`, from);
      return note(name, first, rest, from, to);
    }
    if (!isTensor(on)) throw new Unreadable(`${name}() needs a tensor before it`, from);
    return note(name, on, args, from, to);
  };
  const note = (
    name: string, on: Tensor, args: readonly unknown[], from: number, to: number, operands?: readonly Tensor[],
  ): Tensor => {
    const output = apply(name, on, args, from);
    if (!isTensor(output)) throw new Unreadable(`${name}() gives no tensor, so there is nothing to look at`, from);
    steps.push({ name, from, to, operands: operands ?? [on, ...args.filter(isTensor)], output });
    return output;
  };
  const result = valueOf(expression);
  if (!isTensor(result) || steps.length === 0) {
    throw new Unreadable("this computes nothing; call a method, like x.exp()", 0);
  }
  return { result, steps };
}

type Callable = (...args: readonly unknown[]) => unknown;
function apply(name: string, on: Tensor, args: readonly unknown[], at: number): unknown {
  if (name === "T") return on.T;
  if (METHODS.has(name)) return (on as unknown as Readonly<Record<string, Callable>>)[name](...args);
  const functions = F as unknown as Readonly<Record<string, unknown>>;
  const found = Object.keys(functions).includes(name) ? functions[name] : undefined;
  if (typeof found !== "function") {
    throw new Unreadable(`there is no ${name}; methods of tensors and functions of F are known, like softmax`, at);
  }
  return (found as Callable)(on, ...args);
}
function arithmetic(name: string, a: number, b: number, at: number): number {
  const known: Readonly<Record<string, number>> = { add: a + b, sub: a - b, mul: a * b, div: a / b };
  if (!Object.hasOwn(known, name)) throw new Unreadable(`${name}() needs a tensor before it`, at);
  return known[name];
}
