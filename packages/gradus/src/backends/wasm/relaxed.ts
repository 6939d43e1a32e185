import { enableRelaxedSimd } from "#threads";
import type { Expr, Kernel, Type } from "../../ir/kernel.ts";
import { exportName, renderModule } from "./render.ts";

const INDEX: Type = { scalar: "index", lanes: 1 };
const F32: Type = { scalar: "f32", lanes: 1 };
const position = (value: number): Expr => ({ e: "const", type: INDEX, value });
const element = (value: number): Expr => ({ e: "load", type: F32, buffer: 0, index: position(value) });

/** x[3] = x[0] * x[1] + x[2]. */
const PROBE: Kernel = {
  name: "probe", key: "probe", ints: [], floats: [], lanes: 4,
  buffers: [{ name: "x", dtype: "f32", access: "readwrite" }],
  begin: { id: 0, name: "begin", type: INDEX },
  end: { id: 1, name: "end", type: INDEX },
  body: [{
    s: "store", buffer: 0, index: position(3),
    value: { e: "fma", type: F32, a: element(0), b: element(1), c: element(2) },
  }],
};

let known: boolean | null = null;

/** Whether this engine and processor round a*b + c once. The specification leaves it open, so that it is tried. */
export function canFuse(): boolean {
  known ??= probe();
  return known;
}

function probe(): boolean {
  const bytes = renderModule([PROBE], { fused: true, shared: false });
  if (!WebAssembly.validate(bytes)) enableRelaxedSimd();
  if (!WebAssembly.validate(bytes)) return false;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  // The argument block is zero, and so is the base of x.
  const x = new Float32Array(memory.buffer);
  const a = 1 + 2 ** -12;
  x.set([a, a, -(1 + 2 ** -11)]);
  (exports[exportName(PROBE, 0)] as (args: number, begin: number, end: number, t: number) => void)(1024, 0, 1, 0);
  // a * a = 1 + 2^-11 + 2^-24: the last term survives a single rounding only.
  return x[3] === 2 ** -24;
}
