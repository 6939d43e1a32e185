// fails: You paired column 0 with column 2
import { arange, stack, tensor, type Tensor } from "gradus";

/** Angles [T, D / 2]: place times rate. */
function angles(T: number, D: number): Tensor {
  const rates = tensor(Array.from({ length: D / 2 }, (_, k) => 10000 ** (-2 * k / D)));
  return arange(T).to("f32").unsqueeze(1).mul(rates);
}

/** Sines and cosines in turn, [T, D]. */
export function sines(T: number, D: number): Tensor {
  const turned = angles(T, D);
  return stack([turned.sin(), turned.cos()], 2).reshape([T, D]);
}

/** Each pair of columns turned by place times rate. */
export function turn(x: Tensor): Tensor {
  const [T, D] = x.shape, turned = angles(T, D), c = turned.cos(), s = turned.sin();
  const pairs = x.reshape([T, 2, D / 2]), a = pairs.select(1, 0), b = pairs.select(1, 1);
  return stack([a.mul(c).sub(b.mul(s)), a.mul(s).add(b.mul(c))], 1).reshape([T, D]);
}

/** −slope |i − j|, [T, T]. */
export function bias(T: number, slope: number): Tensor {
  const place = arange(T).to("f32");
  return place.unsqueeze(1).sub(place.unsqueeze(0)).abs().mul(-slope);
}

/** The largest difference between f of the shuffled rows and the shuffled rows of f. */
export async function orderMatters(f: (x: Tensor) => Tensor, X: Tensor, order: number[]): Promise<number> {
  const places = tensor(Int32Array.from(order));
  return f(X.take(places)).sub(f(X).take(places)).abs().amax().item();
}
