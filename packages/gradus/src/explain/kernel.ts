import type { Expr, Kernel, Stmt, Type, Variable } from "../ir/kernel.ts";

/**
 * A kernel as text, in the manner of a small C:
 *
 *     kernel add (units begin to end, 4 lanes)
 *       read x: f32
 *       write add: f32
 *       int n
 *       for i = begin to end step 4
 *         store add[i] = load x[i] + 1   : f32x4
 */
export function printKernel(kernel: Kernel): string {
  return new KernelPrinter(kernel).print();
}

const SIGN: Readonly<Record<string, string>> = {
  add: "+", sub: "-", mul: "*", div: "/", rem: "%", and: "&", or: "|", xor: "^", shl: "<<", shr: ">>",
  eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=",
};
const typeName = ({ scalar, lanes }: Type): string => (lanes === 1 ? scalar : `${scalar}x${lanes}`);

class KernelPrinter {
  readonly #kernel: Kernel;
  readonly #names = new Map<number, string>();
  readonly #taken = new Set<string>();
  readonly #lines: string[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    for (const name of [...kernel.buffers.map((b) => b.name), ...kernel.ints, ...kernel.floats]) this.#taken.add(name);
  }
  print(): string {
    const { name, buffers, ints, floats, lanes, begin, end, body } = this.#kernel;
    this.#lines.push(`kernel ${name} (units ${this.#name(begin)} to ${this.#name(end)}, ${lanes} lanes)`);
    buffers.forEach((b, i) => this.#lines.push(`  ${b.access} ${this.#buffer(i)}: ${b.dtype}`));
    if (ints.length > 0) this.#lines.push(`  ints ${ints.join(", ")}`);
    if (floats.length > 0) this.#lines.push(`  floats ${floats.join(", ")}`);
    this.#block(body, "  ");
    return this.#lines.join("\n");
  }

  /** The name a register was given, with its number where another has the same. */
  #name({ id, name }: Variable): string {
    let known = this.#names.get(id);
    if (known === undefined) {
      known = this.#taken.has(name) ? `${name}_${id}` : name;
      this.#taken.add(known);
      this.#names.set(id, known);
    }
    return known;
  }
  /** Buffers of equal names are told apart by their place. */
  #buffer(at: number): string {
    const { buffers } = this.#kernel;
    const { name } = buffers[at];
    return buffers.filter((b) => b.name === name).length > 1 ? `${name}_${at}` : name;
  }

  #block(body: readonly Stmt[], indent: string): void {
    for (const statement of body) this.#statement(statement, indent);
  }
  #statement(statement: Stmt, indent: string): void {
    const line = (text: string): void => { this.#lines.push(indent + text); };
    switch (statement.s) {
      case "let": {
        const value = this.#show(statement.value);
        return line(`let ${this.#name(statement.variable)}: ${typeName(statement.variable.type)} = ${value}`);
      }
      case "set": return line(`${this.#name(statement.variable)} = ${this.#show(statement.value)}`);
      case "store": {
        const every = statement.stride === undefined ? "" : ` every ${this.#show(statement.stride)}`;
        const count = statement.count === undefined ? "" : ` first ${this.#show(statement.count)}`;
        return line(`store ${this.#buffer(statement.buffer)}[${this.#show(statement.index)}${every}]${count} = ` +
          this.#show(statement.value));
      }
      case "for": {
        const [from, to, step] = [statement.from, statement.to, statement.step].map((e) => this.#show(e));
        line(`for ${this.#name(statement.variable)} = ${from} to ${to} step ${step}`);
        return this.#block(statement.body, `${indent}  `);
      }
      case "if":
        line(`if ${this.#show(statement.condition)}`);
        this.#block(statement.then, `${indent}  `);
        if (statement.else.length === 0) return;
        line("else");
        return this.#block(statement.else, `${indent}  `);
      case "while":
        line(`while ${this.#show(statement.condition)}`);
        return this.#block(statement.body, `${indent}  `);
      case "comment": return line(`# ${statement.text}`);
    }
  }

  /** An expression; operands that are operations themselves stand in parentheses. */
  #show(expression: Expr): string {
    const inner = (e: Expr): string => (e.e === "binary" || e.e === "compare" ? `(${this.#show(e)})` : this.#show(e));
    const x = expression;
    switch (x.e) {
      case "const": return Object.is(x.value, -0) ? "-0" : String(x.value);
      case "var": return this.#name(x.variable);
      case "int": return this.#kernel.ints[x.slot];
      case "float": return this.#kernel.floats[x.slot];
      case "load": {
        const every = x.stride === undefined ? "" : ` every ${this.#show(x.stride)}`;
        return `load${lanes(x.type)} ${this.#buffer(x.buffer)}[${this.#show(x.index)}${every}]`;
      }
      case "gather":
        return `gather${lanes(x.type)} ${this.#buffer(x.buffer)}` +
          `[${this.#show(x.base)} + each ${this.#show(x.indices)}]`;
      case "unary": return `${x.op}(${this.#show(x.a)})`;
      case "binary": case "compare": {
        const sign = SIGN[x.op];
        if (sign === undefined) return `${x.op}(${this.#show(x.a)}, ${this.#show(x.b)})`;
        return `${inner(x.a)} ${sign} ${inner(x.b)}`;
      }
      case "fma": return `fma(${this.#show(x.a)}, ${this.#show(x.b)}, ${this.#show(x.c)})`;
      case "select": return `(${inner(x.mask)} ? ${this.#show(x.a)} : ${this.#show(x.b)})`;
      case "convert": return `${typeName(x.type)}(${this.#show(x.a)})`;
      case "bitcast": return `bits ${typeName(x.type)}(${this.#show(x.a)})`;
      case "splat": return `splat(${this.#show(x.a)})`;
      case "laneIndex": return "lane";
      case "reduceLanes": return `${x.op} over lanes(${this.#show(x.a)})`;
      case "extract": return `lane ${x.lane} of ${this.#show(x.a)}`;
      case "shuffle": return `lanes ${x.pick.join(" ")} of (${this.#show(x.a)}, ${this.#show(x.b)})`;
    }
  }
}
const lanes = (type: Type): string => (type.lanes === 1 ? "" : ` ${type.lanes} of`);
