import { F, tensor } from "gradus";
import { expectClose, functionOf, numbersOf, Wrong, write, type Check } from "@gradus/lessons/grade";

const VALUES = [-3, -1, -0.5, 0.5, 2];

export const checks: readonly Check[] = [
  {
    name: "The leak, with a small α.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "leakyRelu")(tensor(VALUES), 0.1), "leakyRelu");
      if (numbers.every((v, i) => v === Math.max(0, VALUES[i]))) {
        throw new Wrong("Nothing leaks: below zero it should be αx.");
      }
      if (numbers.every((v, i) => Math.abs(v - Math.min(0.1 * VALUES[i], VALUES[i])) < 1e-6)) {
        throw new Wrong("The branches are exchanged: above zero x itself should come out.");
      }
      await expectClose(numbers, [-0.3, -0.1, -0.05, 0.5, 2], { name: "leakyRelu", input: `${write(VALUES)}, α 0.1` });
    },
  },
  {
    name: "The leak, with any α.",
    async run(exports) {
      for (const alpha of [1.5, -0.5, 0, 1]) {
        const { numbers } = await numbersOf(functionOf(exports, "leakyRelu")(tensor(VALUES), alpha), "leakyRelu");
        if (alpha > 1 && numbers.every((v, i) => Math.abs(v - Math.max(alpha * VALUES[i],
          VALUES[i])) < 1e-6)) {
          throw new Wrong(`With α ${write(alpha)} max(αx, x) takes the wrong branch: at −3 it gives ` +
            `${write(Math.max(-3 * alpha, -3))}. Choose by the sign of x.`);
        }
        await expectClose(numbers, VALUES.map((v) => (v > 0 ? v : alpha * v)),
          { name: "leakyRelu", input: `${write(VALUES)}, α ${write(alpha)}` });
      }
    },
  },
  {
    name: "The gate.",
    async run(exports) {
      const gate = tensor([-2, 0, 1, 3]), x = tensor([1, 2, 3, -1]);
      const { numbers } = await numbersOf(functionOf(exports, "swiglu")(gate, x), "swiglu");
      const plain = await gate.sigmoid().mul(x).data(), other = await F.swiglu(x, gate).data();
      if (numbers.every((v, i) => Math.abs(v - plain[i]) < 1e-5)) {
        throw new Wrong("sigmoid(gate) · x is the older GLU. SwiGLU multiplies by the gate’s own value as well.");
      }
      if (numbers.every((v, i) => Math.abs(v - other[i]) < 1e-5)) {
        throw new Wrong("The sigmoid was taken of x. It belongs to the gate, the first argument.");
      }
      await expectClose(numbers, F.swiglu(gate, x), { name: "swiglu", input: "gate [−2, 0, 1, 3], x [1, 2, 3, −1]" });
    },
  },
  {
    name: "A layer, and its gradients.",
    async run(exports) {
      const x = tensor([[1, -2, 0.5], [0, 3, -1]]);
      const make = () => [tensor([[0.5, -1, 2], [1, 0.3, -0.7]], { requiresGrad: true }),
        tensor([0.1, -0.2], { requiresGrad: true })] as const;
      const [weight, bias] = make(), [w, b] = make();
      const yours = functionOf(exports, "layer")(x, weight, bias, 0.2) as typeof x, wanted = F.leakyRelu(F.linear(x,
        w, b), 0.2);
      await expectClose(yours, wanted, { name: "layer", input: "two examples, three inputs, two outputs" });
      yours.square().sum().backward();
      wanted.square().sum().backward();
      if (weight.grad === null || bias.grad === null) {
        throw new Wrong("No gradient comes back to the weights: numbers were read and put into a new tensor on the " +
          "way.");
      }
      await expectClose(weight.grad, w.grad, { name: "the gradient of the weights" });
      await expectClose(bias.grad, b.grad, { name: "the gradient of the biases" });
    },
  },
];
