import { Conv2d } from "../nn/conv.ts";
import * as F from "../nn/functional.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * LeNet-5, the convolutional network that read cheques.
 *
 * LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE, 1998, section
 * II.B. The paper's layers C1, S2, C3, S4, C5, F6 and its 28x28 digits in a frame of 32x32 (here: padding 2).
 *
 * Left out: the sparse table of connections into C3 (here each map sees all six: 61,706 parameters, not 60,000), the
 * trained coefficients of the pooling layers, the scaled tanh and the radial basis functions of the output, which is
 * a plain affine layer with softmax. `style` "1998" keeps mean pooling and tanh; "modern" takes max pooling and ReLU.
 *
 * Letters: B images.
 */
export interface LeNet5Options {
  readonly style?: "modern" | "1998";
  readonly classes?: number;
}
/** The two styles of LeNet-5. */
export const LENET5_PRESETS = {
  modern: { style: "modern" },
  "1998": { style: "1998" },
} as const satisfies Readonly<Record<string, LeNet5Options>>;

/** Two convolutions with pooling and three linear layers on 28 x 28 or 32 x 32 images. LeCun et al. 1998. */
export class LeNet5 extends Module {
  readonly conv1 = new Conv2d(1, 6, 5, { padding: 2 });
  readonly conv2 = new Conv2d(6, 16, 5);
  readonly fc1 = new Linear(16 * 5 * 5, 120);
  readonly fc2 = new Linear(120, 84);
  readonly fc3: Linear;
  readonly style: "modern" | "1998";

  constructor({ style = "modern", classes = 10 }: LeNet5Options = {}) {
    super();
    this.fc3 = new Linear(84, classes);
    this.style = style;
  }
  /** Scores of the classes, before any softmax: x (B, 1, 28, 28), result (B, classes). */
  forward(x: Tensor): Tensor {
    const squash = this.style === "modern" ? F.relu : F.tanh;
    const pool = this.style === "modern" ? F.maxPool2d : F.avgPool2d;
    let h = pool(squash(this.conv1.forward(x)), 2);                         // (B, 6, 28, 28), (B, 6, 14, 14): C1, S2
    h = pool(squash(this.conv2.forward(h)), 2);                             // (B, 16, 10, 10), (B, 16, 5, 5): C3, S4
    h = squash(this.fc1.forward(h.flatten(1)));                             // (B, 400), (B, 120): C5
    h = squash(this.fc2.forward(h));                                        // (B, 84): F6
    return this.fc3.forward(h);                                             // (B, classes)
  }
}
