import { DataError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { ClassifierRecipe } from "../recipe.ts";

/** LeNet-5 on images of 28 x 28. */
export const LENET5_RECIPE: ClassifierRecipe = {
  kind: "classifier", name: "lenet5", title: "LeNet-5, a convolutional network", data: "mnist",
  bar: { metric: "accuracy", value: 0.98, on: "2,000 of 10,000 MNIST digits, 8,000 to learn from, in 12 epochs" },
  batch: 32, lr: 2e-3, epochs: 12, weightDecay: 0.01, warmup: 0.05,
  async create(shape, classes) {
    if (!sameShape(shape, [1, 28, 28])) {
      throw new DataError(`lenet5 reads images of shape [1, 28, 28], and a row of these data has shape ` +
        `${formatShape(shape)}; ` +
        "use mlp, or a folder of MNIST's IDX files");
    }
    const { LeNet5 } = await import("../../models/lenet5.ts");
    return new LeNet5({ classes });
  },
};
