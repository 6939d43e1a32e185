import { F, grad, tensor } from "gradus";

export const softmax = (z: number[]): number[] => Array.from(F.softmax(tensor(z)).dataSync());
export const logSumExp = (z: number[]): number => F.logSumExp(tensor(z), -1).itemSync();
export function loss(logits: number[][], targets: number[][]): number {
  return F.crossEntropy(tensor(logits), tensor(targets)).itemSync();
}
export function gradient(logits: number[][], targets: number[][]): number[][] {
  const z = tensor(logits, { requiresGrad: true });
  return grad(F.crossEntropy(z, tensor(targets)), [z])[0]!.arraySync() as number[][];
}
