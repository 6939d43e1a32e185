import { F, grad, tensor } from "gradus";

export const outputDelta = (y: number[], t: number[]): unknown => tensor(y).sub(tensor(t)).array();
export const hiddenDelta = (w2: number[][], delta2: number[], h: number[]): unknown =>
  tensor(w2).T.matmul(tensor(delta2)).mul(tensor(h).square().neg().add(1)).array();
export const weightGradient = (delta: number[], below: number[]): unknown =>
  tensor(delta).unsqueeze(1).mul(tensor(below)).array();

export function gradients(w1: number[][], b1: number[], w2: number[][], b2: number[], x: number[], t: number[]) {
  const leaves = [w1, b1, w2, b2].map((value) => tensor(value as number[], { requiresGrad: true }));
  const h = leaves[0].matmul(tensor(x)).add(leaves[1]).tanh();
  const loss = F.binaryCrossEntropyWithLogits(leaves[2].matmul(h).add(leaves[3]), tensor(t), { reduction: "sum" });
  const [g1, gb1, g2, gb2] = grad(loss, leaves);
  return { w1: g1, b1: gb1, w2: g2, b2: gb2 };
}
