/** The inside of `peak.js`: writes the register loop with the library's kernel builder and prints its best speed. */
import { useBackend } from "gradus";
import { best, KernelBuilder, placeProgram } from "./kernels.js";

const [name, threads] = process.argv.slice(2);
const ROUNDS = 20_000;
const UNITS = 64;

/** Multiply-adds on so many registers that do not depend on each other, then one store. */
function registerLoop(lanes, accumulators) {
  const b = new KernelBuilder(lanes);
  const out = b.buffer("out", "f32", "write");
  const [x, y] = ["x", "y"].map((label) => b.let(label, b.splat(b.float(label), lanes)));
  b.for("unit", b.begin, b.end, 1, (unit) => {
    // Different starts, so that no compiler takes them for one.
    const sums = Array.from({ length: accumulators }, (_, i) => b.mutable(`s${i}`, b.add(x, i)));
    b.for("round", 0, ROUNDS, 1, () => {
      for (const sum of sums) b.set(sum, b.fma(x, y, b.read(sum)));
    });
    b.store(out, b.mul(unit, lanes), sums.map((sum) => b.read(sum)).reduce((p, q) => b.add(p, q)));
  });
  return b.finish(`peak_${accumulators}`, `peak ${accumulators}`);
}

const backend = await useBackend(name, { threads: Number(threads) });
const { lanes } = backend.target;
const out = backend.allocate(4 * lanes * UNITS);
let gflops = 0;
for (const accumulators of [8, 10, 12, 14, 16]) {
  const call = { kernel: registerLoop(lanes, accumulators), buffers: [out.offset], floats: [1, 1e-6], units: UNITS };
  const time = await best(backend, placeProgram(backend, [call]), 12);
  gflops = Math.max(gflops, 2 * lanes * accumulators * ROUNDS * UNITS / time / 1e6);
}
console.log(`@${JSON.stringify({ gflops })}`);
backend.dispose();
