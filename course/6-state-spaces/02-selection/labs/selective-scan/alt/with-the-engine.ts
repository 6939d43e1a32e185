import { F, grad, tensor, type Tensor } from "gradus";

type Rows = number[][];
/** A batch of one sequence with one channel. */
function tensors(x: number[], dt: number[], A: number[], B: Rows, C: Rows): Tensor[] {
  const leaf = (value: unknown): Tensor => tensor(value as number[][][], { requiresGrad: true });
  return [leaf([x.map((v) => [v])]), leaf([dt.map((v) => [v])]), leaf([A]), leaf([B]), leaf([C])];
}
const scan = ([x, dt, A, B, C]: Tensor[]): Tensor => F.selectiveScan(x, dt, A, B, C, tensor([0])).flatten();

export const selectiveScan = (x: number[], dt: number[], A: number[], B: Rows, C: Rows): Tensor =>
  scan(tensors(x, dt, A, B, C));
export function gradients(x: number[], dt: number[], A: number[], B: Rows, C: Rows, gy: number[]) {
  const inputs = tensors(x, dt, A, B, C), found = grad(scan(inputs).mul(tensor(gy)).sum(), inputs);
  return { x: found[0]!.flatten(), dt: found[1]!.flatten(), A: found[2]!.flatten(), B: found[3]!.squeeze(0),
    C: found[4]!.squeeze(0) };
}
