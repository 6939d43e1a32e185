import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../docs/blocks.ts";
import { messagesOf, programOf } from "../docs/types.ts";

const GIVEN = `
import { compile, F, grad, nn, optim, scope, noGrad, tensor, training, tune, vmap, type Tensor } from "gradus";
import { DataLoader, TensorDataset } from "gradus/data";
declare const x: Tensor, y: Tensor, w: Tensor, task: training.TrainingTask;
const layer = new nn.Linear(4, 3), model = new nn.Sequential(layer, new nn.ReLU());
`;

/** Expressions, and what an editor shows of them. */
const INFERRED: readonly (readonly [code: string, type: string])[] = [
  ["x.add(1).matmul(w)", "Tensor"],
  ["x.sort(1)", "[values: Tensor, indices: Tensor]"],
  ["x.split(2)", "Tensor[]"],
  ["x.shape", "Shape"],
  ["await x.item()", "number"],
  ["grad(x, [w])", "(Tensor | null)[]"],
  // What goes through a function of functions keeps its type.
  ["noGrad(() => x.sort())", "[values: Tensor, indices: Tensor]"],
  ["scope(() => ({ loss: x, count: 3 }))", "{ loss: Tensor; count: number; }"],
  ["compile((a: Tensor, b: Tensor) => a.add(b))", "Compiled<[a: Tensor, b: Tensor], Tensor>"],
  ["compile((a: Tensor, rate: number) => ({ next: a.mul(rate) }))(x, 2)", "{ next: Tensor; }"],
  ["compile((a: Tensor) => [a, a.shape] as const)(x)[0]", "Tensor"],
  ["vmap((a: Tensor, b: Tensor) => a.matmul(b))", "(a: Tensor, b: Tensor) => Tensor"],
  ["vmap((a: Tensor, given: { w: Tensor }) => ({ y: a.mul(given.w) }))(x, { w })", "{ y: Tensor; }"],
  // Options decide what comes back.
  ["new nn.MaxPool2d(2).forward(x)", "Tensor"],
  ["new nn.MaxPool2d(2, { returnIndices: true }).forward(x)", "[values: Tensor, indices: Tensor]"],
  ["new nn.LSTM(4, 8).forward(x)", "[output: Tensor, state: [hn: Tensor, cn: Tensor]]"],
  ["layer.bias", "Tensor | null"],
  ["model.eval()", "nn.Sequential"],
  ["model.stateDict()", "Record<string, Tensor>"],
  ["new DataLoader(new TensorDataset(x, y), { batchSize: 2 }).at(0)", "Tensor[]"],
  ["new DataLoader(new TensorDataset(x), { batchSize: 2, collate: ([a]) => ({ a }) }).at(0)", "{ a: Tensor; }"],
  ["(await training.train(task)).end", '"finished" | "stopped" | "patience" | "callback"'],
  ["tune.choice([8, 16])", "tune.Parameter"],
];
/** What the compiler refuses, and how. */
const REFUSED: readonly (readonly [code: string, message: RegExp])[] = [
  ["x.data = 3", /not assignable|read-only/],
  ["x.shape = [3]", /read-only/],
  ["x.matmul(3)", /'number' is not assignable/],
  ['x.cast("float32")', /"float32"' is not assignable/],
  ["new nn.Linear(4)", /Expected 2-3 arguments/],
  ["new nn.Conv2d(3, 8, 3, { strides: 2 })", /'strides' does not exist|did you mean to write 'stride'/],
  ["new optim.Adam(model.parameters(), { learningRate: 1 })", /'learningRate' does not exist/],
  ['F.mseLoss(x, y, { reduction: "average" })', /"average"' is not assignable/],
  ['tensor([1], { dtype: "i64" })', /"i64"' is not assignable/],
  ["compile((a: Tensor) => a)(x, y)", /Expected 1 arguments/],
  ["vmap((a: Tensor) => a)(3)", /'number' is not assignable/],
  ['compile(async (a: Tensor) => a)(x).add(1)', /'add' does not exist/],
  ["grad(x, [w])[0].add(1)", /possibly 'null'/],
  ["training.train({ model })", /missing the following properties/],
  ["const wrong: tune.Objective = () => 'a'", /'string' is not assignable/],
  ["new nn.Linear(4, 3).weight = w", /read-only/],
];

const AS_IN_EDITORS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

describe("types", () => {
  const file = join(ROOT, "tests/types/cases.ts");
  const first = GIVEN.split("\n").length - 1;
  const lines = [
    ...INFERRED.map(([code], i) => `const inferred${i} = ${code};`), ...REFUSED.map(([code]) => `${code};`),
  ];
  let messages: ReturnType<typeof messagesOf>, shown: ReadonlyMap<string, string>;
  beforeAll(() => {
    const program = programOf(new Map([[file, `${GIVEN}${lines.join("\n")}\nexport {};`]]));
    const checker = program.getTypeChecker(), source = program.getSourceFile(file)!;
    messages = messagesOf(program, file);
    shown = new Map(source.statements.flatMap((statement) => {
      if (!ts.isVariableStatement(statement)) return [];
      const [{ name }] = statement.declarationList.declarations;
      return [[name.getText(), checker.typeToString(checker.getTypeAtLocation(name), name, AS_IN_EDITORS)] as const];
    }));
  });
  test.each(INFERRED.map(([code, type], i) => [code, type, i] as const))("%s is %s", (_, type, i) => {
    expect(messages.filter(({ line }) => line === first + i)).toEqual([]);
    expect(shown.get(`inferred${i}`)).toBe(type);
  });
  test.each(REFUSED.map(([code, message], i) => [code, message, i] as const))("%s is refused", (_, message, i) => {
    const found = messages.filter(({ line }) => line === first + INFERRED.length + i);
    expect(found.map(({ text }) => text).join("\n")).toMatch(message);
  });
  test("and nothing else is wrong", () => {
    expect(messages.filter(({ line }) => line < first + INFERRED.length)).toEqual([]);
  });
});
