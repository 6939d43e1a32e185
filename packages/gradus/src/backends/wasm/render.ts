import type { Kernel } from "../../ir/kernel.ts";
import { BinaryCode, encodeModule, type FunctionBytes } from "./encode.ts";
import { Printer } from "./print.ts";
import { TextCode } from "./text.ts";

export interface RenderOptions {
  /** One rounding for a*b + c: relaxed SIMD. */
  readonly fused: boolean;
  /** Whether the imported memory is shared between threads. */
  readonly shared: boolean;
}

/** Name under which a module exports its kernel number `i`. */
export const exportName = (kernel: Kernel, i: number): string => `${kernel.name}_${i}`;

/** One module with a function (args, begin, end, t) for each kernel, in order. */
export function renderModule(kernels: readonly Kernel[], options: RenderOptions): Uint8Array<ArrayBuffer> {
  const functions = kernels.map((kernel, i): FunctionBytes => {
    const printer = new Printer(kernel, options.fused, () => new BinaryCode());
    printer.statements(kernel.body);
    const body = new BinaryCode();
    printer.assemble(body);
    return { name: exportName(kernel, i), locals: printer.locals, body };
  });
  return encodeModule(functions, options.shared);
}

/** The same function in WebAssembly's text format. */
export function renderText(kernel: Kernel, fused: boolean): string {
  const printer = new Printer(kernel, fused, names => new TextCode(names));
  printer.statements(kernel.body);
  const parameters = ["args", "begin", "end", "t"].map(name => `(param $${name} i32)`).join(" ");
  const locals = printer.locals.map((type, i) => `  (local $${printer.names[i + 4]} ${type})`);
  const body = new TextCode(printer.names);
  printer.assemble(body);
  const lines = body.lines.map(line => `  ${line}`);
  return [`(func $${kernel.name} ${parameters}`, ...locals, ...lines, ")", ""].join("\n");
}
