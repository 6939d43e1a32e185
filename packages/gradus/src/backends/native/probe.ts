import { HEADER } from "./header.ts";
import { Prelude } from "./prelude.ts";

/** Every helper that calls a compiler's own instruction functions: tells whether this compiler has them as expected. */
export function probe(): string {
  const prelude = new Prelude();
  let held = "";
  for (const lanes of [4, 8, 16]) {
    for (const element of ["f32", "f64"] as const) {
      prelude.fma(element, lanes);
      for (const op of ["min", "max"] as const) prelude.bound(op, element, lanes);
      for (const op of ["floor", "ceil", "trunc", "nearest", "sqrt"] as const) prelude.round(op, element, lanes);
    }
    for (const element of ["f32", "f64", "i32", "u32", "u16", "u8", "i8"] as const) {
      prelude.storeFirst(element, lanes);
      prelude.gather(element, lanes);
    }
    for (const element of ["u8", "i8"] as const) {
      prelude.convert(element, "i32", lanes);
      prelude.convert("i32", element, lanes);
    }
    prelude.mulHigh(lanes);
    const type = prelude.type("f32", lanes), hold = prelude.hold(4 * lanes);
    held += `void held_${lanes}(${type} *x) { ${type} y = *x; ${hold}(y); *x = y; }\n`;
    prelude.shuffle("f32", lanes, Array.from({ length: lanes }, (_, i) => 2 * i));
  }
  return HEADER + [...prelude.parts.values()].join("") + held;
}
