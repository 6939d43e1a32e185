// fails: you kept the corrected averages
interface State { x: number[]; m: number[]; v: number[]; t: number }
interface Options { lr: number; beta1: number; beta2: number; eps: number }

/** One step of Adam: the average gradient over the usual size, both corrected for their start at zero. */
export function adamStep({ x, m, v, t }: State, gradient: number[], { lr, beta1, beta2, eps }: Options): State {
  const step = t + 1;
  const first = m.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]);
  const second = v.map((old, i) => beta2 * old + (1 - beta2) * gradient[i] ** 2);
  const mean = first.map((value) => value / (1 - beta1 ** step));
  const square = second.map((value) => value / (1 - beta2 ** step));
  const next = x.map((place, i) => place - lr * mean[i] / (Math.sqrt(square[i]) + eps));
  return { x: next, m: mean, v: square, t: step };
}
