import { assign } from "../exec/state.ts";
import { Conv2d } from "../nn/conv.ts";
import { Sequential } from "../nn/container.ts";
import * as F from "../nn/functional.ts";
import { kaimingNormal } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { BatchNorm2d } from "../nn/running-norm.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * ResNet: layers learn what to add to their input, so that depth no longer hurts training.
 *
 * He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016; names of the parameters as in
 * torchvision. Of the two places for the stride in a bottleneck this is the later one, the 3x3 convolution.
 *
 * The stem "small" is the one of the paper's section 4.2 for 32x32 pictures: a 3x3 convolution with stride 1 and no
 * pooling, here with the channels of the large networks.
 *
 * Letters: B pictures, C channels, H x W pixels.
 */
export interface ResNetOptions {
  /** Blocks of each of the four stages. */
  readonly blocks: readonly [number, number, number, number];
  /** Two 3x3 convolutions, or 1x1, 3x3, 1x1 with four times the channels at the end. */
  readonly block: "basic" | "bottleneck";
  readonly classes?: number;
  readonly stem?: "large" | "small";
  /** Channels after the stem; every stage doubles them (default 64). */
  readonly width?: number;
}
/** Networks of the paper, and the usual one for 32x32 pictures. */
export const RESNET_PRESETS = {
  "resnet18-small": { blocks: [2, 2, 2, 2], block: "basic", classes: 10, stem: "small" },
  resnet18: { blocks: [2, 2, 2, 2], block: "basic", classes: 1000 },
  resnet34: { blocks: [3, 4, 6, 3], block: "basic", classes: 1000 },
  resnet50: { blocks: [3, 4, 6, 3], block: "bottleneck", classes: 1000 },
} as const satisfies Readonly<Record<string, ResNetOptions>>;

const convolution = (inputs: number, outputs: number, size: 1 | 3, stride = 1): Conv2d =>
  new Conv2d(inputs, outputs, size, { stride, padding: size === 3 ? 1 : 0, bias: false });

/** Parts of the two kinds of blocks: what is learned, and the way past it. */
abstract class Block extends Module {
  /** A 1x1 convolution where the shortcut must change its shape, else null. */
  readonly downsample: Sequential | null;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.downsample = stride === 1 && inputs === outputs ? null
      : new Sequential(convolution(inputs, outputs, 1, stride), new BatchNorm2d(outputs));
  }
  /** The learned change: (B, C, H, W) to (B, C', H / stride, W / stride). */
  protected abstract residual(x: Tensor): Tensor;

  forward(x: Tensor): Tensor {
    const shortcut = this.downsample === null ? x : this.downsample.forward(x);
    return F.relu(this.residual(x).add(shortcut));
  }
}
class BasicBlock extends Block {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;

  constructor(inputs: number, width: number, stride: number) {
    super(inputs, width, stride);
    this.conv1 = convolution(inputs, width, 3, stride);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3);
    this.bn2 = new BatchNorm2d(width);
  }
  protected override residual(x: Tensor): Tensor {
    const h = F.relu(this.bn1.forward(this.conv1.forward(x)));              // (B, width, H / stride, W / stride)
    return this.bn2.forward(this.conv2.forward(h));                         // the same
  }
}
class Bottleneck extends Block {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;

  constructor(inputs: number, width: number, stride: number) {
    const outputs = width * Bottleneck.expansion;
    super(inputs, outputs, stride);
    this.conv1 = convolution(inputs, width, 1);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3, stride);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = convolution(width, outputs, 1);
    this.bn3 = new BatchNorm2d(outputs);
  }
  protected override residual(x: Tensor): Tensor {
    let h = F.relu(this.bn1.forward(this.conv1.forward(x)));                // (B, width, H, W)
    h = F.relu(this.bn2.forward(this.conv2.forward(h)));                    // (B, width, H / stride, W / stride)
    return this.bn3.forward(this.conv3.forward(h));                         // (B, 4 width, H / stride, W / stride)
  }
}

/** Convolutions with shortcuts past every two or three of them, for pictures of three channels. He et al. 2016. */
export class ResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly fc: Linear;
  readonly stem: "large" | "small";

  constructor({ blocks, block, classes = 1000, stem = "large", width = 64 }: ResNetOptions) {
    super();
    this.stem = stem;
    this.conv1 = stem === "large" ? new Conv2d(3, width, 7, { stride: 2, padding: 3, bias: false })
      : convolution(3, width, 3);
    this.bn1 = new BatchNorm2d(width);
    const Kind = block === "basic" ? BasicBlock : Bottleneck;
    const expansion = block === "basic" ? 1 : Bottleneck.expansion;
    let inputs = width;
    const stage = (i: number): Sequential => {
      const channels = width * 2 ** i;
      return new Sequential(...Array.from({ length: blocks[i] }, (_, j) => {
        const made = new Kind(inputs, channels, i > 0 && j === 0 ? 2 : 1);
        inputs = channels * expansion;
        return made;
      }));
    };
    [this.layer1, this.layer2, this.layer3, this.layer4] = [stage(0), stage(1), stage(2), stage(3)];
    this.fc = new Linear(inputs, classes);
    // He et al. 2015: the variance of what comes back stays the same through layers with ReLU.
    for (const [, module] of this.namedModules()) {
      if (module instanceof Conv2d) {
        assign(module.weight, kaimingNormal(module.weight.shape, { mode: "fanOut", nonlinearity: "relu" }));
      }
    }
  }
  /** Scores of the classes, before any softmax: x (B, 3, H, W), result (B, classes). */
  forward(x: Tensor): Tensor {
    let h = F.relu(this.bn1.forward(this.conv1.forward(x)));                // (B, 64, H', W')
    if (this.stem === "large") h = F.maxPool2d(h, 3, { stride: 2, padding: 1 });
    h = this.layer1.forward(h);                                             // (B, 64 e, H', W'), e = 1 or 4
    h = this.layer2.forward(h);                                             // (B, 128 e, H' / 2, W' / 2)
    h = this.layer3.forward(h);                                             // (B, 256 e, H' / 4, W' / 4)
    h = this.layer4.forward(h);                                             // (B, 512 e, H' / 8, W' / 8)
    return this.fc.forward(h.mean([2, 3]));                                 // (B, 512 e), (B, classes)
  }
}
