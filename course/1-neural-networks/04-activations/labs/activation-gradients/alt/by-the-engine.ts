import { F, tensor, type Tensor } from "gradus";

const slope = (f: (x: Tensor) => Tensor) => (at: number): number => {
  const x = tensor([at], { requiresGrad: true });
  f(x).sum().backward();
  return x.grad!.sum().itemSync();
};
export const sigmoidGradient = slope((x) => x.sigmoid());
export const tanhGradient = slope((x) => x.tanh());
export const siluGradient = slope((x) => F.silu(x));
export const geluGradient = slope((x) => F.gelu(x));
