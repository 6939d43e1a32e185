import type { Code, Instruction, ValueType } from "./opcodes.ts";

/** The body of a function in the text format, for reading. */
export class TextCode implements Code {
  readonly lines: string[] = [];
  readonly #names: readonly string[];
  #depth = 0;

  /** `names[i]` is the name of local i; it may grow while code is written. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  op(name: Instruction, ...immediates: readonly number[]): void {
    this.#line([name, ...immediates].join(" "));
  }
  local(name: "local.get" | "local.set" | "local.tee", local: number): void {
    this.#line(`${name} $${this.#names[local]}`);
  }
  memory(name: Instruction, offset: number, lane?: number): void {
    this.#line(name + (offset === 0 ? "" : ` offset=${offset}`) + (lane === undefined ? "" : ` ${lane}`));
  }
  constant(type: "i32" | "f32" | "f64", value: number): void {
    const text = Object.is(value, -0) ? "-0" : `${value}`.replace("NaN", "nan").replace("Infinity", "inf");
    this.#line(`${type}.const ${text}`);
  }
  v128(lanes: Int32Array): void {
    const words = Array.from(lanes, lane => `0x${(lane >>> 0).toString(16).padStart(8, "0")}`);
    this.#line(`v128.const i32x4 ${words.join(" ")}`);
  }
  open(name: "block" | "loop" | "if", result?: ValueType): void {
    this.#line(result === undefined ? name : `${name} (result ${result})`);
    this.#depth++;
  }
  otherwise(): void {
    this.#depth--;
    this.#line("else");
    this.#depth++;
  }
  close(): void {
    this.#depth--;
    this.#line("end");
  }
  comment(text: string): void {
    this.#line(`;; ${text}`);
  }
  fork(): TextCode {
    return new TextCode(this.#names);
  }
  append(code: TextCode): void {
    for (const line of code.lines) this.#line(line);
  }
  #line(text: string): void {
    this.lines.push("  ".repeat(this.#depth) + text);
  }
}
