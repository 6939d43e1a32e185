import { F, grad, manualSeed, nn, randn, tensor, type Tensor } from "gradus";
import { expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const D = 6, WIDE = 4 * D;
type Parameters = Record<"W1" | "b1" | "W2" | "b2" | "scale1" | "shift1" | "scale2" | "shift2", Tensor>;
const make = (...shape: number[]): Tensor => tensor(randn(shape).dataSync(), { shape });
function given(seed: number, T = 4): { x: Tensor; p: Parameters; layer: nn.TransformerEncoderLayer } {
  manualSeed(seed);
  const layer = new nn.TransformerEncoderLayer(D, 2, { dimFeedforward: WIDE, dropout: 0, batchFirst: true });
  const p = { W1: make(D, WIDE), b1: make(WIDE), W2: make(WIDE, D).mul(0.3), b2: make(D), scale1: make(D),
    shift1: make(D),
    scale2: make(D), shift2: make(D) };
  return { x: make(T, D).mul(2).add(1), p, layer };
}
/** The library’s block with these numbers. */
function library({ layer, p }: ReturnType<typeof given>, before: boolean): nn.TransformerEncoderLayer {
  const copy = new nn.TransformerEncoderLayer(D, 2, { dimFeedforward: WIDE, dropout: 0, batchFirst: true,
    normFirst: before });
  const pairs: readonly (readonly [Tensor, Tensor])[] = [[copy.linear1.weight, p.W1.T], [copy.linear1.bias!, p.b1],
    [copy.linear2.weight, p.W2.T], [copy.linear2.bias!, p.b2], [copy.norm1.weight!, p.scale1],
    [copy.norm1.bias!, p.shift1], [copy.norm2.weight!, p.scale2], [copy.norm2.bias!, p.shift2],
    [copy.self_attn.in_proj_weight!, layer.self_attn.in_proj_weight!],
    [copy.self_attn.in_proj_bias!, layer.self_attn.in_proj_bias!],
    [copy.self_attn.out_proj.weight, layer.self_attn.out_proj.weight],
    [copy.self_attn.out_proj.bias!, layer.self_attn.out_proj.bias!]];
  for (const [to, from] of pairs) to.assign(from);
  return copy;
}
const near = (a: Tensor, b: Tensor): boolean => a.sub(b).abs().amax().itemSync() < 1e-3;
async function found(exports: Exports, of: ReturnType<typeof given>, attend: (x: Tensor) => Tensor, before: boolean):
  Promise<Tensor> {
  const value = await functionOf(exports, "block")(of.x, attend, of.p, before) as Tensor;
  await expectShape(value, of.x.shape, "the block’s result");
  return value;
}

export const checks: readonly Check[] = [
  {
    name: "Rows with mean 0 and variance 1.",
    async run(exports) {
      const { x, p } = given(1), one = tensor([1, 1, 1, 1, 1, 1]), none = tensor([0, 0, 0, 0, 0, 0]);
      const layerNorm = functionOf(exports, "layerNorm"), value = await layerNorm(x, one, none) as Tensor;
      await expectShape(value, [4, D], "layerNorm");
      const columns = x.sub(x.mean([0])).div(x.sub(x.mean([0])).square().mean([0]).add(1e-5).sqrt());
      if (near(value, columns)) {
        throw new Wrong("Your columns have mean 0: that is what a batch norm does. Each word is normalised by " +
          "itself, so " +
          "take means along axis 1.");
      }
      if (near(value, x.sub(x.mean([1], { keepdim: true })).div(x.std([1], { keepdim: true })))) {
        throw new Wrong("The variance was divided by D − 1. Here it is the plain mean of squares, divided by D.");
      }
      if (near(value, F.layerNorm(x, [D]).mul(x.variance([1], { keepdim: true }).rsqrt()))) {
        throw new Wrong("You divided twice by the spread.");
      }
      await expectClose(value, F.layerNorm(x, [D]), { name: "layerNorm", input: "four rows of six, scale 1, shift 0",
        tolerance: 1e-4 });
      await expectClose(layerNorm(x, p.scale1, p.shift1), reference.layerNorm(x, p.scale1, p.shift1),
        { name: "layerNorm", input: "the same with a scale and a shift", tolerance: 1e-4 });
    },
  },
  {
    name: "Widen, bend, narrow.",
    async run(exports) {
      const { x, p } = given(2), value = await functionOf(exports, "feedForward")(x, p) as Tensor;
      await expectShape(value, [4, D], "feedForward");
      if (near(value, x.matmul(p.W1).add(p.b1).matmul(p.W2).add(p.b2))) {
        throw new Wrong("There is no bend: without it two matrices are one, and widening gains nothing.");
      }
      if (near(value, x.add(reference.feedForward(x, p)))) {
        throw new Wrong("feedForward adds its input already. Adding to the stream is the block’s business; here it " +
          "would " +
          "happen twice.");
      }
      await expectClose(value, reference.feedForward(x, p), { name: "feedForward", input: "four " +
        "rows", tolerance: 1e-4 });
    },
  },
  {
    name: "The block with norms before is the library’s.",
    async run(exports) {
      const of = given(3), layer = library(of, true);
      const attend = (y: Tensor): Tensor => layer.self_attn.forward(y, y, y)[0];
      const value = await found(exports, of, attend, true), { x, p } = of, R = reference;
      const first = (y: Tensor): Tensor => R.layerNorm(y, p.scale1, p.shift1);
      const second = (y: Tensor): Tensor => R.layerNorm(y, p.scale2, p.shift2), h = x.add(attend(first(x)));
      if (near(value, h.add(R.feedForward(second(x), p)))) {
        throw new Wrong("The feed-forward branch reads x. It reads the stream, to which attention has been added.");
      }
      if (near(value, first(x).add(attend(first(x))).add(R.feedForward(second(first(x).add(attend(first(x)))), p)))) {
        throw new Wrong("The normalised x was put on the stream. Only the branch is normalised; x goes on untouched.");
      }
      if (near(value, R.feedForward(second(h), p))) {
        throw new Wrong("The second branch replaces the stream. Add it: stream + feedForward(norm(stream)).");
      }
      if (near(value, R.block(x, attend, p, false))) throw new Wrong("This is the block with norms after: before is " +
        "true.");
      await expectClose(value, layer.forward(x.unsqueeze(0)).squeeze(0), { name: "the block’s result", tolerance: 1e-3,
        input: "four words, norm before" });
    },
  },
  {
    name: "The block with norms after is the library’s.",
    async run(exports) {
      const of = given(4), layer = library(of, false);
      const attend = (y: Tensor): Tensor => layer.self_attn.forward(y, y, y)[0];
      const value = await found(exports, of, attend, false);
      if (near(value, reference.block(of.x, attend, of.p, true))) {
        throw new Wrong("This is the block with norms before: before is false.");
      }
      await expectClose(value, layer.forward(of.x.unsqueeze(0)).squeeze(0), { name: "the block’s result",
        tolerance: 1e-3, input: "four words, norm after" });
    },
  },
  {
    name: "With silent branches the stream is untouched, and its gradient is 1.",
    async run(exports) {
      const of = given(5), silent = (y: Tensor): Tensor => y.mul(0);
      const p = { ...of.p, W2: of.p.W2.mul(0), b2: of.p.b2.mul(0) };
      const x = tensor(of.x.dataSync(), { shape: of.x.shape, requiresGrad: true });
      const value = await found(exports, { ...of, x, p }, silent, true);
      await expectClose(value, of.x, { name: "the stream", input: "both branches give 0, norm before" });
      await expectClose(grad(value.sum(), [x])[0], tensor(Array.from({ length: 4 }, () => [1, 1, 1, 1, 1, 1])),
        { name: "the gradient", input: "both branches give 0, norm before" });
    },
  },
  {
    name: "Where the weights are.",
    async run(exports) {
      for (const [width, f] of [[8, 4], [64, 4], [32, 2], [768, 4]]) {
        const made = await functionOf(exports, "countWeights")(width, f) as
          Partial<Record<"attention" | "feedForward" | "norms", number>> | undefined;
        const wanted = reference.countWeights(width, f), input = `D = ${write(width)}, f = ${write(f)}`;
        const { attention = NaN, feedForward = NaN, norms = NaN } = made ?? {};
        if (attention === 4 * width * width) throw new Wrong(`Attention: four biases of ${write(width)} are missing.`);
        if (attention === 3 * (width * width + width)) {
          throw new Wrong("Attention has four matrices: for queries, keys, values, and for the output.");
        }
        const { numbers } = await numbersOf([attention, feedForward, norms], "the counts");
        await expectClose(numbers, [wanted.attention, wanted.feedForward, wanted.norms],
          { name: "attention, feedForward and norms", input });
      }
    },
  },
];
