/**
 * node bench/spikes/attention.js [native|wasm] [longest]: what each way to attend costs by length, forward and all
 * gradients, compiled, 8 heads of 64, causal where it can be: milliseconds of processor time on one thread (the least
 * of five), and megabytes of the plan.
 */
import { compile, explain, F, grad, rand, randn, scope, state, useBackend } from "gradus";

const name = process.argv[2] ?? "native", longest = Number(process.argv[3] ?? 4096);
const backend = await useBackend(name, { threads: 1 });
const causal = true;
const rotations = randn([2, 64, 8]), features = F.orthogonalFeatures(128, 64);
/** Attention for sequences of one length. */
const FORMS = {
  whole: () => (q, k, v) => F.attentionWeights(q, k, { causal }).matmul(v),
  chunked: () => (q, k, v) => F.chunkedAttention(q, k, v, { causal }),
  "local, window 64": () => (q, k, v) => F.localAttention(q, k, v, { window: 64, causal }),
  "strided, root of T": (T) => (q, k, v) => F.stridedAttention(q, k, v, { stride: Math.ceil(Math.sqrt(T)), causal }),
  "BigBird, blocks of 32": (T) => {
    const layout = F.bigBirdLayout(T / 32, { causal });
    return (q, k, v) => F.blockSparseAttention(q, k, v, layout, { block: 32, causal });
  },
  "Linformer, rank 64": (T) => {
    const [E, G] = [0, 1].map(() => randn([64, T]).mul(1 / Math.sqrt(T)));
    return (q, k, v) => F.lowRankAttention(q, k, v, E, G);
  },
  "Performer, 128 features": () => (q, k, v) => F.randomFeatureAttention(q, k, v, features, { causal }),
  "Reformer, 2 rounds of 64": () => (q, _, v) => F.lshAttention(q, v, rotations, { chunk: 64, causal }),
};

async function measure(attend, T) {
  const leaves = [0, 1, 2].map(() => state(rand([1, 8, T, 64]).sub(0.5), { requiresGrad: true }));
  const upstream = rand([1, 8, T, 64]);
  const fn = (gradient) => {
    const y = attend(...leaves);
    return [y, ...grad(y, leaves, { gradient }).filter((g) => g !== null)];
  };
  const bytes = explain(fn, [upstream]).memory.arenaBytes, step = compile(fn);
  let least = Infinity;
  for (let i = 0; i < 7; i++) {
    const before = process.cpuUsage();
    scope(() => { step(upstream); });
    await backend.idle();
    const { user, system } = process.cpuUsage(before);
    if (i > 1) least = Math.min(least, (user + system) / 1000);
  }
  return `${least.toFixed(1)} / ${(bytes / 1e6).toFixed(1)}`;
}

const lengths = [256, 512, 1024, 2048, 4096, 8192].filter((T) => T <= longest);
console.log(`${name}, ms / MB by length: ${lengths.join(", ")}`);
for (const [form, make] of Object.entries(FORMS)) {
  const cells = [];
  // The scores of all pairs do not fit beyond.
  for (const T of lengths) cells.push(form === "whole" && T > 2048 ? "-" : await measure(make(T), T));
  console.log(`  ${form}: ${cells.join(", ")}`);
}
backend.dispose();
