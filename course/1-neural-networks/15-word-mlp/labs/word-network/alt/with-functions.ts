import { compile, concat, F, optim, tensor, type Tensor } from "gradus";
import { WordMLP } from "gradus/models";

interface Parameters { C: Tensor; H: Tensor; d: Tensor; U: Tensor; b: Tensor }

/** Word by word, with the functions of a layer. */
export function scores({ C, H, d, U, b }: Parameters, contexts: Tensor): Tensor {
  const words = Array.from({ length: contexts.shape[1] }, (_, i) => F.embedding(contexts.select(1, i), C));
  return F.linear(F.linear(concat(words, 1), H, d).tanh(), U, b);
}

/** The library's model, more features, and a step that is compiled once. */
export function train(contexts: Tensor, targets: Tensor, V: number): Parameters {
  const model = new WordMLP({ vocabulary: V, order: contexts.shape[1] + 1, features: 4, hidden: 16 });
  const optimizer = new optim.AdamW(model.parameters(), { lr: 0.05, weightDecay: 1 });
  const step = compile(() => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(contexts).select(1, -1), targets);
    loss.backward();
    optimizer.step();
    return loss;
  });
  for (let i = 0; i < 40; i++) step();
  return { C: model.embedding.weight, H: model.hidden.weight, d: model.hidden.bias ?? tensor([0]),
    U: model.output.weight, b: model.output.bias ?? tensor([0]) };
}
