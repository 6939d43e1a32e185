/**
 * node bench/spikes/scan.js [native|wasm] [threads]: nanoseconds a token of the linear recurrence and of the selective
 * scan, forward alone and with all gradients, compiled, as the sequence grows and the number of tokens stays.
 */
import { compile, F, grad, rand, recurrence, scope, state, useBackend } from "gradus";

const TOKENS = 4096;
const [WIDTH, STATE] = [256, 16];
const name = process.argv[2] ?? "native";
const backend = await useBackend(name, { threads: Number(process.argv[3] ?? 1) });
const leaf = (shape, low, high) => state(rand(shape).mul(high - low).add(low), { requiresGrad: true });

async function nanoseconds(fn) {
  const run = async () => {
    scope(() => { fn(); });
    await backend.idle();
  };
  await run();
  await run();
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await run();
    least = Math.min(least, performance.now() - start);
  }
  return (1e6 * least / TOKENS).toFixed(0);
}
/** The function alone, and with gradients of everything. */
async function both(fn, inputs, upstream) {
  const forward = await nanoseconds(compile(() => fn()));
  const whole = await nanoseconds(compile(() => {
    const y = fn();
    return [y, ...grad(y, inputs, { gradient: upstream })];
  }));
  return `${forward} / ${whole}`;
}

console.log(`${name}, ${backend.target.threads} threads, ns a token, forward / with gradients: ` +
  "B x T, recurrence, selective scan");
for (const length of [256, 1024, 4096]) {
  const batch = TOKENS / length;
  const [a, b] = [leaf([batch, length, WIDTH], 0.5, 1), leaf([batch, length, WIDTH], -1, 1)];
  const [u, delta] = [leaf([batch, length, WIDTH], -1, 1), leaf([batch, length, WIDTH], 0.01, 0.1)];
  const [B, C] = [leaf([batch, length, STATE], -1, 1), leaf([batch, length, STATE], -1, 1)];
  const [A, D] = [leaf([WIDTH, STATE], -16, -1), leaf([WIDTH], 0, 1)];
  const upstream = rand([batch, length, WIDTH]);
  const plain = await both(() => recurrence(a, b, null, 1), [a, b], upstream);
  const selective = await both(() => F.selectiveScan(u, delta, A, B, C, D), [u, delta, A, B, C, D], upstream);
  console.log(`  ${batch} x ${length}  ${plain}  ${selective}`);
}
backend.dispose();
