// fails: d is missing
import { F, optim, randn, state, type Tensor } from "gradus";

interface Parameters { C: Tensor; H: Tensor; d: Tensor; U: Tensor; b: Tensor }

/** A score for every word: contexts [B, n - 1] to [B, V]. */
export function scores({ C, H, d, U, b }: Parameters, contexts: Tensor): Tensor {
  const x = C.take(contexts).flatten(1);       // [B, n - 1, m], then [B, (n - 1) m]
  const hidden = x.matmul(H.T).tanh();  // [B, h]
  return hidden.matmul(U.T).add(b);            // [B, V]
}

/** Parameters that were trained on these windows. */
export function train(contexts: Tensor, targets: Tensor, V: number): Parameters {
  const n = contexts.shape[1] + 1, m = 2, h = 16;
  const start = (shape: number[], spread: number): Tensor => state(randn(shape).mul(spread), true);
  const p = { C: start([V, m], 1), H: start([h, (n - 1) * m], 0.3), d: start([h], 0.3), U: start([V, h], 0.2),
    b: start([V], 0.2) };
  const optimizer = new optim.AdamW(Object.values(p), { lr: 0.05, weightDecay: 1 });
  for (let step = 0; step < 40; step++) {
    optimizer.zeroGrad();
    F.crossEntropy(scores(p, contexts), targets).backward();
    optimizer.step();
  }
  return p;
}
