/** Who races down which surface: every optimizer of the library, and the ground as one formula for the engine. */
import { optim, state, tensor, type Tensor } from "gradus";

/** Clears the gradient, computes the loss, walks back, returns the loss. */
export type Closure = () => Tensor;
export interface Engine {
  readonly at: Tensor;
  readonly clear: () => void;
  /** One step; most optimizers use the gradient that is there, some ask for others. */
  readonly step: (closure: Closure) => unknown;
}
interface Racer {
  readonly name: string;
  /**
   * The customary rate here: of 1, 2 and 5 times the powers of ten the one with the lowest mean of log height over all
   * four surfaces after 100 steps without noise.
   */
  readonly rate: number;
  readonly make: (at: Tensor, lr: number) => Omit<Engine, "at">;
}

type Plain = Pick<optim.Optimizer<{ lr?: number }>, "zeroGrad" | "step">;
const plain = (make: (parameters: readonly Tensor[], lr: number) => Plain): Racer["make"] => (at, lr) => {
  const optimizer = make([at], lr);
  return { clear: () => { optimizer.zeroGrad(); }, step: () => { optimizer.step(); } };
};

export const RACERS: readonly Racer[] = [
  { name: "plain SGD", rate: 0.2, make: plain((p, lr) => new optim.SGD(p, { lr })) },
  { name: "momentum", rate: 0.2, make: plain((p, lr) => new optim.SGD(p, { lr, momentum: 0.9 })) },
  { name: "Nesterov", rate: 0.2, make: plain((p, lr) => new optim.SGD(p, { lr, momentum: 0.9, nesterov: true })) },
  { name: "AdaGrad", rate: 2, make: plain((p, lr) => new optim.Adagrad(p, { lr })) },
  { name: "RMSProp", rate: 0.05, make: plain((p, lr) => new optim.RMSprop(p, { lr })) },
  { name: "Adadelta", rate: 20, make: plain((p, lr) => new optim.Adadelta(p, { lr })) },
  { name: "Adam", rate: 0.5, make: plain((p, lr) => new optim.Adam(p, { lr })) },
  { name: "AdamW", rate: 1, make: plain((p, lr) => new optim.AdamW(p, { lr })) },
  { name: "Adamax", rate: 2, make: plain((p, lr) => new optim.Adamax(p, { lr })) },
  { name: "NAdam", rate: 0.1, make: plain((p, lr) => new optim.NAdam(p, { lr })) },
  { name: "RAdam", rate: 0.5, make: plain((p, lr) => new optim.RAdam(p, { lr })) },
  { name: "Adafactor", rate: 1, make: plain((p, lr) => new optim.Adafactor(p, { lr })) },
  { name: "LAMB", rate: 0.1, make: plain((p, lr) => new optim.LAMB(p, { lr })) },
  { name: "Lion", rate: 0.05, make: plain((p, lr) => new optim.Lion(p, { lr })) },
  { name: "Muon", rate: 0.1, make: plain((p, lr) => new optim.Muon(p, { lr })) },
  { name: "ASGD", rate: 0.2, make: plain((p, lr) => new optim.ASGD(p, { lr })) },
  { name: "Rprop", rate: 0.2, make: plain((p, lr) => new optim.Rprop(p, { lr })) },
  { name: "Lookahead", rate: 0.2,
    make: plain((p, lr) => new optim.Lookahead(new optim.SGD(p, { lr, momentum: 0.9 }))) },
  { name: "SAM", rate: 0.2, make: (at, lr) => {
    const optimizer = new optim.SAM(new optim.SGD([at], { lr }));
    return { clear: () => { optimizer.zeroGrad(); }, step: (closure) => optimizer.step(closure) };
  } },
  { name: "L-BFGS", rate: 1, make: (at, lr) => {
    const optimizer = new optim.LBFGS([at], { lr, maxIter: 1, maxEval: 12, lineSearch: "strong_wolfe" });
    return { clear: () => { optimizer.zeroGrad(); }, step: (closure) => optimizer.step(closure) };
  } },
];

/** A parameter at the start and its optimizer. A row of two, because Muon takes matrices only. */
export function enter(racer: Racer, start: readonly [number, number], factor: number): Engine {
  const at = state(tensor([[...start]]), true);
  return { at, ...racer.make(at, racer.rate * factor) };
}

/** The height for the engine and for plain numbers (the map), where to start, and the lowest points and height. */
interface Surface {
  readonly plain: (x: number, y: number) => number;
  readonly height: (x: Tensor, y: Tensor) => Tensor;
  readonly formula: string;
  readonly start: readonly [number, number];
  readonly lowest: readonly (readonly [number, number])[];
  readonly floor: number;
}
export const SURFACES = {
  "valley": { height: (x, y) => x.square().mul(0.05).add(y.square().mul(2)), formula: "0.05x² + 2y²",
    plain: (x, y) => 0.05 * x * x + 2 * y * y,
    start: [-2.6, 1.7], lowest: [[0, 0]], floor: 0 },
  "Rosenbrock": { height: (x, y) => x.sub(1).square().div(20).add(y.sub(x.square()).square().div(2)),
    formula: "(1 − x)²/20 + (y − x²)²/2", plain: (x, y) => (1 - x) ** 2 / 20 + (y - x * x) ** 2 / 2,
    start: [-1.6, 2.5], lowest: [[1, 1]], floor: 0 },
  "saddle": { height: (x, y) => x.square().sub(y.square()).div(2).add(y.square().square().mul(0.05)),
    formula: "(x² − y²)/2 + y⁴/20", plain: (x, y) => (x * x - y * y) / 2 + y ** 4 / 20,
    start: [-2.4, 0.02], lowest: [[0, Math.sqrt(5)], [0, -Math.sqrt(5)]],
    floor: -1.25 },
  "plateau": { height: (x, y) => x.square().add(y.square()).div(-2).exp().neg().add(1),
    formula: "1 − exp(−(x² + y²)/2)", plain: (x, y) => 1 - Math.exp(-(x * x + y * y) / 2),
    start: [-2.5, -1.4], lowest: [[0, 0]], floor: 0 },
} as const satisfies Readonly<Record<string, Surface>>;
export type SurfaceName = keyof typeof SURFACES;
