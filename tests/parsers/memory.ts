/** Constructors whose argument may be a size, and bytes of an element of each. */
const SIZED: Readonly<Record<string, number>> = {
  ArrayBuffer: 1, SharedArrayBuffer: 1, Uint8Array: 1, Int8Array: 1, Uint8ClampedArray: 1, Uint16Array: 2,
  Int16Array: 2, Uint32Array: 4, Int32Array: 4, Float32Array: 4, Float64Array: 8, BigInt64Array: 8, BigUint64Array: 8,
  Array: 8,
};
let asked = 0;

/** Bytes asked for since the last call. */
export function takeAllocations(): number {
  const bytes = asked;
  asked = 0;
  return bytes;
}

// From here on the sizes that arrays and buffers are made with are counted, also of those that are let go at once.
// Copies are not: they are as large as what was there. This module comes before all others, since some keep the
// constructors.
for (const [name, width] of Object.entries(SIZED)) {
  const original = Reflect.get(globalThis, name) as new (...args: unknown[]) => object;
  const counting: typeof original = new Proxy(original, {
    construct(target, args, derived) {
      if (args.length === 1 && typeof args[0] === "number") asked += args[0] * width;
      // Plain where nothing extends the class: the engine knows those best.
      return derived === counting ? new target(...args) : Reflect.construct(target, args, derived) as object;
    },
  });
  Reflect.set(globalThis, name, counting);
}
