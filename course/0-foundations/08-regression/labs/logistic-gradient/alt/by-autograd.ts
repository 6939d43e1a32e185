import { F, grad, tensor, type Tensor } from "gradus";

export const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : 1 - 1 / (1 + Math.exp(z)));
export const probability = (w: number[], b: number, x: number[]) => sigmoid(x.reduce((s, v, i) => s + v * w[i], b));

function lossOf(w: Tensor, b: Tensor, rows: number[][], labels: number[]): Tensor {
  const z = tensor(rows).matmul(w.unsqueeze(1)).squeeze(1).add(b);
  return F.binaryCrossEntropyWithLogits(z, tensor(labels));
}
export const loss = (w: number[], b: number, rows: number[][], labels: number[]) =>
  lossOf(tensor(w), tensor(b), rows, labels);
export function gradient(w: number[], b: number, rows: number[][], labels: number[]) {
  const wt = tensor(w, { requiresGrad: true }), bt = tensor(b, { requiresGrad: true });
  const [dw, db] = grad(lossOf(wt, bt, rows, labels), [wt, bt]);
  return [...dw!.dataSync(), db!.itemSync()];
}
