import { grad, tensor, type Tensor } from "gradus";

/** The slope of a formula at a point, from the engine, in 32 bits. */
const slope = (f: (x: Tensor) => Tensor) => (x: number): number => {
  const at = tensor(x, { requiresGrad: true });
  return grad(f(at), [at])[0]!.itemSync();
};
export const polynomial = slope((x) => x.square().mul(x).mul(3).sub(x.mul(2)).add(5));
export const product = slope((x) => x.mul(x.sin()));
export const quotient = slope((x) => x.square().add(1).reciprocal());
export const bell = slope((x) => x.square().div(-2).exp());
export const sigmoid = slope((x) => x.sigmoid());
export function partials(x: number, y: number): number[] {
  const [a, b] = [x, y].map((v) => tensor(v, { requiresGrad: true }));
  return grad(a.square().mul(b).add(a.mul(b).sin()), [a, b]).map((g) => g!.itemSync());
}
