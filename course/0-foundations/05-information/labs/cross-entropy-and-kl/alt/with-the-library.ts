import { F, tensor } from "gradus";

export const crossEntropy = (p: number[], q: number[]): number => {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum += p[i] * Math.log(1 / q[i]);
  return sum;
};

export const divergence = (p: number[], q: number[]): number => {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum += p[i] * Math.log(p[i] / q[i]);
  return sum;
};

export const loss = async (logits: number[][], targets: number[]): Promise<number> =>
  await F.crossEntropy(tensor(logits), tensor(targets, { dtype: "i32" })).item();
