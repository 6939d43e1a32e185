import { compile, F, manualSeed, optim, scope, type Tensor } from "gradus";
import { MLP } from "gradus/models";
import type { Settings } from "../rooms/digits/settings.ts";
import { disposeTraining } from "./dispose.ts";

export const PIXELS = 64;
export const CLASSES = 10;
const MOMENTUM = 0.9;

/** A network with its training step. */
export interface Network {
  /** Weights of the hidden layer, [hidden, 64], and of the output layer, [10, hidden]. */
  readonly first: Tensor;
  readonly last: Tensor;
  readonly parameters: number;
  /** Scores of the ten digits: x [B, 64] in 0..1, result [B, 10]. */
  forward(x: Tensor): Tensor;
  /** One step down the gradient of the mean loss on a batch: x [B, 64], y [B]. */
  train(x: Tensor, y: Tensor): void;
  /** Frees the weights and what the optimizer keeps. */
  dispose(): void;
}

/** 64 pixels, one hidden layer with ReLU, ten scores; everything follows from the settings. */
export function buildNetwork({ seed, hidden, rate, optimizer: name }: Settings): Network {
  manualSeed(seed);
  const [model, optimizer] = scope(() => {
    const made = new MLP({ sizes: [PIXELS, hidden, CLASSES] });
    return [made, name === "adam"
      ? new optim.Adam(made.parameters(), { lr: rate })
      : new optim.SGD(made.parameters(), { lr: rate, momentum: name === "momentum" ? MOMENTUM : 0 })] as const;
  });
  const step = compile((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  });
  return {
    first: model.layers.at(0).weight, last: model.layers.at(1).weight, parameters: model.parameterCount(),
    forward: (x) => model.forward(x),
    train: (x, y) => { step(x, y).dispose(); },
    dispose: () => disposeTraining(model, optimizer),
  };
}
