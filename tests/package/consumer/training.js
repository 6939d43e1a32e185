// Ten steps of a tiny network, as somebody who installed the library writes them.
import { compile, currentBackend, F, manualSeed, nn, optim, tensor } from "gradus";

/** The loss before every step. */
export async function trainTenSteps() {
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 2));
  const optimizer = new optim.AdamW(model.parameters(), { lr: 0.05 });
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = tensor([0, 1, 1, 0], { dtype: "i32" });
  const step = compile((x, y) => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  });
  const losses = [];
  for (let i = 0; i < 10; i++) losses.push(await step(x, y).item());
  return { losses, backend: currentBackend().name };
}
