/** The network of the playground: layers of the library, one optimizer, and what each unit makes of the plane. */
import { compile, F, nn, noGrad, optim, tensor, type Tensor } from "gradus";

type Plain = (parameters: readonly Tensor[], lr: number) => Pick<optim.Optimizer<{ lr?: number }>, "zeroGrad" | "step">;

/** Every optimizer of the library that takes one slope a step, with its usual settings. */
export const OPTIMIZERS = {
  Adam: (p, lr) => new optim.Adam(p, { lr }),
  SGD: (p, lr) => new optim.SGD(p, { lr }),
  momentum: (p, lr) => new optim.SGD(p, { lr, momentum: 0.9 }),
  Nesterov: (p, lr) => new optim.SGD(p, { lr, momentum: 0.9, nesterov: true }),
  AdaGrad: (p, lr) => new optim.Adagrad(p, { lr }),
  RMSProp: (p, lr) => new optim.RMSprop(p, { lr }),
  Adadelta: (p, lr) => new optim.Adadelta(p, { lr }),
  AdamW: (p, lr) => new optim.AdamW(p, { lr }),
  Adamax: (p, lr) => new optim.Adamax(p, { lr }),
  NAdam: (p, lr) => new optim.NAdam(p, { lr }),
  RAdam: (p, lr) => new optim.RAdam(p, { lr }),
  Adafactor: (p, lr) => new optim.Adafactor(p, { lr }),
  LAMB: (p, lr) => new optim.LAMB(p, { lr }),
  Lion: (p, lr) => new optim.Lion(p, { lr }),
  ASGD: (p, lr) => new optim.ASGD(p, { lr }),
  Rprop: (p, lr) => new optim.Rprop(p, { lr }),
  Lookahead: (p, lr) => new optim.Lookahead(new optim.SGD(p, { lr, momentum: 0.9 })),
} as const satisfies Readonly<Record<string, Plain>>;
export type OptimizerName = keyof typeof OPTIMIZERS;

export const ACTIVATIONS = {
  tanh: F.tanh, relu: F.relu, sigmoid: F.sigmoid, gelu: (x: Tensor) => F.gelu(x), silu: (x: Tensor) => F.silu(x),
  elu: (x: Tensor) => F.elu(x), softplus: (x: Tensor) => F.softplus(x), sine: (x: Tensor) => x.sin(),
  none: (x: Tensor) => x,
} as const;
export type ActivationName = keyof typeof ACTIVATIONS;

export interface Penalty { readonly name: string; readonly l1: number; readonly l2: number }
export interface Setup { readonly activation: ActivationName; readonly optimizer: OptimizerName; readonly rate: number }

/** A network on the plane with one output, the score of the second class. */
export class Network {
  readonly layers: readonly nn.Linear[];
  private readonly activation: (x: Tensor) => Tensor;
  private readonly optimizer: ReturnType<Plain>;
  /** The compiled update of each penalty in use. */
  private readonly compiled = new Map<Penalty, (x: Tensor, labels: Tensor) => Tensor>();

  constructor(sizes: readonly number[], { activation, optimizer, rate }: Setup) {
    this.layers = sizes.slice(1).map((outputs, i) => new nn.Linear(sizes[i], outputs));
    this.activation = ACTIVATIONS[activation];
    this.optimizer = OPTIMIZERS[optimizer](this.layers.flatMap((layer) => [...layer.parameters()]), rate);
  }
  /** Sums of every layer, the scores last: x (B, 2), results (B, units). */
  sums(x: Tensor): Tensor[] {
    const made: Tensor[] = [];
    for (const [i, layer] of this.layers.entries()) {
      made.push(layer.forward(i === 0 ? x : this.activation(made[i - 1])));
    }
    return made;
  }
  scores(x: Tensor): Tensor {
    const made = this.sums(x);
    return made[made.length - 1].squeeze(1);
  }
  loss(x: Tensor, labels: Tensor): Tensor {
    return F.binaryCrossEntropyWithLogits(this.scores(x), labels);
  }
  /** One update on all examples at once; the penalty falls on weights, not on biases. */
  update(x: Tensor, labels: Tensor, penalty: Penalty): void {
    const step = this.compiled.get(penalty) ?? compile((a: Tensor, b: Tensor) => this.step(a, b, penalty));
    this.compiled.set(penalty, step);
    step(x, labels);
  }
  private step(x: Tensor, labels: Tensor, { l1, l2 }: Penalty): Tensor {
    this.optimizer.zeroGrad();
    let loss = this.loss(x, labels);
    for (const { weight } of this.layers) {
      if (l2 > 0) loss = loss.add(weight.square().sum().mul(l2));
      if (l1 > 0) loss = loss.add(weight.abs().sum().mul(l1));
    }
    loss.backward();
    this.optimizer.step();
    return loss;
  }
  /** Changes one weight by hand. */
  set(layer: number, row: number, column: number, value: number): void {
    const { weight } = this.layers[layer], values = Float32Array.from(weight.dataSync()), [, columns] = weight.shape;
    values[row * columns + column] = value;
    noGrad(() => { weight.assign(tensor(values, { shape: [...weight.shape] })); });
  }
}
