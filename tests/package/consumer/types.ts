// What a program in TypeScript sees: methods of tensors, modules, compiled functions, every entrance.
import { compile, F, nn, optim, tensor, type Tensor } from "gradus";
import { loadIris, type LabelledRows } from "gradus/data";
import { createModel } from "gradus/models";
import { readTable } from "gradus/node";

const x: Tensor = tensor([[1, 2], [3, 4]]);
const sum: Tensor = x.add(1).matmul(x).sum();
const layer = new nn.Linear(2, 3);
const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
const step = compile((input: Tensor): Tensor => F.relu(layer.forward(input)).mean());
const value: number = await step(x).item();
const rows: LabelledRows = await loadIris();
optimizer.zeroGrad();
// @ts-expect-error a shape is a list of numbers
x.reshape("2");
export { createModel, readTable, rows, sum, value };
