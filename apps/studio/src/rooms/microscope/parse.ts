/** Reads one expression over named tensors: calls, arithmetic, numbers, lists, options; nothing else can be written. */

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "flag"; readonly value: boolean }
  | { readonly kind: "nothing" }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "record"; readonly fields: readonly (readonly [name: string, value: Expression])[] }
  | { readonly kind: "name"; readonly name: string }
  /** A method of a value, a function of values (`on` null), or an operator under its method's name. */
  | { readonly kind: "call"; readonly name: string; readonly on: Expression | null;
    readonly args: readonly Expression[]; readonly from: number; readonly to: number };

/** What cannot be read, and where: a place in the text, counted from 0. */
export class Unreadable extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = "Unreadable";
    this.at = at;
  }
}

interface Token {
  readonly type: "number" | "name" | "text" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}
const SIGNS =
  /^(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|"[^"\n]*"|'[^'\n]*'|[-+*/().,[\]{}:])/;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))![0].length;
    if (at >= text.length) break;
    const [word] = SIGNS.exec(text.slice(at)) ?? [];
    if (word === undefined) throw new Unreadable(`"${text[at]}" has no meaning here; write calls and + − * /`, at);
    const type = /^[\d.]\d*/.test(word) && /\d/.test(word) ? "number" : /^[A-Za-z_]/.test(word) ? "name"
      : /^["']/.test(word) ? "text" : "sign";
    found.push({ type, text: word, at });
    at += word.length;
  }
  return [...found, { type: "end", text: "the end", at: text.length }];
}

export const LONGEST = 400, DEEPEST = 60;

export function parseExpression(text: string): Expression {
  if (text.trim() === "") throw new Unreadable("there is nothing to look at; write for example x.matmul(w)", 0);
  if (text.length > LONGEST) throw new Unreadable(`this has ${text.length} characters; ${LONGEST} fit`, LONGEST);
  const parser = new Parser(tokens(text));
  const found = parser.sum();
  parser.end();
  return found;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }
  get #now(): Token {
    return this.#tokens[this.#at];
  }
  #take(sign: string): boolean {
    if (this.#now.type !== "sign" || this.#now.text !== sign) return false;
    this.#at++;
    return true;
  }
  #expect(sign: string): Token {
    const token = this.#now;
    if (!this.#take(sign)) throw new Unreadable(`"${sign}" is missing before ${shown(token)}`, token.at);
    return token;
  }
  #ended(): number {
    const token = this.#tokens[this.#at - 1];
    return token.at + token.text.length;
  }
  end(): void {
    if (this.#now.type !== "end") throw new Unreadable(`${shown(this.#now)} is too much here`, this.#now.at);
  }
  #binary(names: Readonly<Record<string, string>>, operand: () => Expression): Expression {
    const from = this.#now.at;
    let left = operand();
    for (;;) {
      const { type, text } = this.#now;
      const name = type === "sign" && Object.hasOwn(names, text) ? names[text] : undefined;
      if (name === undefined) return left;
      this.#at++;
      const right = operand();
      left = { kind: "call", name, on: left, args: [right], from, to: this.#ended() };
    }
  }
  sum(): Expression {
    if (++this.#depth > DEEPEST) throw new Unreadable(`this is nested more than ${DEEPEST} deep`, this.#now.at);
    const found = this.#binary({ "+": "add", "-": "sub" }, () => this.#product());
    this.#depth--;
    return found;
  }
  #product(): Expression {
    return this.#binary({ "*": "mul", "/": "div" }, () => this.#signed());
  }
  #signed(): Expression {
    const from = this.#now.at;
    if (!this.#take("-")) return this.#postfix();
    const value = this.#signed();
    if (value.kind === "number") return { kind: "number", value: -value.value };
    return { kind: "call", name: "neg", on: value, args: [], from, to: this.#ended() };
  }
  #postfix(): Expression {
    const from = this.#now.at;
    let value = this.#primary();
    while (this.#take(".")) {
      const { type, text, at } = this.#now;
      if (type !== "name") throw new Unreadable(`a method is missing before ${shown(this.#now)}`, at);
      this.#at++;
      if (text === "T" && !(this.#now.type === "sign" && this.#now.text === "(")) {
        value = { kind: "call", name: "T", on: value, args: [], from, to: this.#ended() };
        continue;
      }
      value = { kind: "call", name: text, on: value, args: this.#list("(", ")"), from, to: this.#ended() };
    }
    return value;
  }
  #list(open: string, close: string): Expression[] {
    this.#expect(open);
    const items: Expression[] = [];
    while (!this.#take(close)) {
      items.push(this.sum());
      if (this.#take(close)) break;
      this.#expect(",");
    }
    return items;
  }
  #primary(): Expression {
    const token = this.#now, { type, text, at } = token;
    if (type === "number") {
      this.#at++;
      return { kind: "number", value: Number(text) };
    }
    if (type === "text") {
      this.#at++;
      return { kind: "text", value: text.slice(1, -1) };
    }
    if (type === "name") {
      this.#at++;
      if (text === "true" || text === "false") return { kind: "flag", value: text === "true" };
      if (text === "null") return { kind: "nothing" };
      // F.relu(x) and relu(x) are the same.
      if (text === "F" && this.#take(".")) return this.#primary();
      if (this.#now.type === "sign" && this.#now.text === "(") {
        return { kind: "call", name: text, on: null, args: this.#list("(", ")"), from: at, to: this.#ended() };
      }
      return { kind: "name", name: text };
    }
    if (text === "[") return { kind: "list", items: this.#list("[", "]") };
    if (text === "{") return this.#record();
    if (this.#take("(")) {
      const inner = this.sum();
      this.#expect(")");
      return inner;
    }
    throw new Unreadable(`a value is missing before ${shown(token)}`, at);
  }
  #record(): Expression {
    this.#expect("{");
    const fields: [string, Expression][] = [];
    while (!this.#take("}")) {
      const { type, text, at } = this.#now;
      if (type !== "name" || text === "__proto__") throw new Unreadable("an option needs a name", at);
      this.#at++;
      this.#expect(":");
      fields.push([text, this.sum()]);
      if (this.#take("}")) break;
      this.#expect(",");
    }
    return { kind: "record", fields };
  }
}
const shown = ({ type, text }: Token): string => (type === "end" ? "the end" : `"${text}"`);

/** A tensor the expression may name. */
export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "f32" | "i32";
}
const MOST_INPUTS = 6, MOST_NUMBERS = 1_000_000, MOST_AXES = 6;

/** Inputs as they are declared: "x[64, 784], w[784, 128], y[64] i32". */
export function parseInputs(text: string): Input[] {
  const found: Input[] = [];
  const pattern = /\s*([A-Za-z_]\w*)\s*\[([\d,\s]*)\]\s*(i32|f32)?\s*(,|$)/y;
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== "") {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) throw new Unreadable("inputs are written like x[64, 784], w[784, 128], y[64] i32", at);
    const [all, name, sizes, dtype = "f32"] = match;
    const shape = sizes.trim() === "" ? [] : sizes.split(",").map(Number);
    if (shape.some((size) => !(size >= 1)) || shape.length > MOST_AXES) {
      throw new Unreadable(`the shape of ${name} needs sizes from 1 on, at most ${MOST_AXES} of them`, at);
    }
    if (shape.reduce((a, b) => a * b, 1) > MOST_NUMBERS) {
      throw new Unreadable(`${name} has more than a million numbers; a smaller shape shows the same`, at);
    }
    if (found.some((input) => input.name === name)) throw new Unreadable(`${name} is declared twice`, at);
    found.push({ name, shape, dtype: dtype as Input["dtype"] });
    at += all.length;
  }
  if (found.length === 0) throw new Unreadable("declare an input, like x[4, 3]", 0);
  if (found.length > MOST_INPUTS) throw new Unreadable(`there are ${found.length} inputs; ${MOST_INPUTS} fit`, at);
  return found;
}
