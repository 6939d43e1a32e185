import { F, manualSeed, optim, RandomStream, randn, state, tensor, type Tensor } from "gradus";
import { expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const N = 8, C = 6, D = 8, M = 16;
interface Lists { names: Tensor; digits: Tensor; asked: Tensor; answers: Tensor; places: number[] }
function lists(pairs: number, count: number, seed: number): Lists {
  const random = new RandomStream(seed), names: number[] = [], digits: number[] = [], asked: number[] = [];
  const answers: number[] = [], places: number[] = [];
  for (let b = 0; b < count; b++) {
    const bag = Array.from({ length: N }, (_, i) => i), place = random.integer(pairs);
    places.push(place);
    for (let i = 0; i < pairs; i++) {
      names.push(bag.splice(random.integer(bag.length), 1)[0]);
      digits.push(random.integer(C));
      if (i === place) {
        asked.push(names[names.length - 1]);
        answers.push(digits[digits.length - 1]);
      }
    }
  }
  const ids = (of: number[], ...shape: number[]): Tensor => tensor(Int32Array.from(of), { shape });
  return { names: ids(names, count, pairs), digits: ids(digits, count, pairs), asked: ids(asked, count),
    answers: ids(answers, count), places };
}
function parameters(seed: number): { [K in "query" | "key" | "value" | "read" | "name" | "digit" | "question" | "out"]:
  Tensor } {
  manualSeed(seed);
  const make = (rows: number, columns: number, spread: number): Tensor =>
    state(randn([rows, columns]).mul(spread), true);
  return { query: make(N, D, 0.8), key: make(N, D, 0.8), value: make(C, D, 0.5), read: make(D, C, 0.5),
    name: make(N, M, 0.7), digit: make(C, M, 0.7), question: make(N, M, 0.7), out: make(M, C, 0.4) };
}
const near = (a: Tensor, b: Tensor): boolean => a.shape.join() === b.shape.join()
  && a.sub(b).abs().amax().itemSync() < 1e-5;
async function attended(exports: Exports, p: ReturnType<typeof parameters>, of: Lists):
  Promise<{ weights: Tensor; scores: Tensor }> {
  const made = await functionOf(exports, "attend")(p, of.names, of.digits, of.asked) as
    Partial<{ weights: Tensor; scores: Tensor }> | undefined;
  if (made?.weights === undefined || made.scores === undefined) {
    throw new Wrong("attend should return { weights, scores }.");
  }
  await expectShape(made.weights, of.names.shape, "weights");
  await expectShape(made.scores, [of.asked.shape[0], C], "scores");
  return { weights: made.weights, scores: made.scores };
}

export const checks: readonly Check[] = [
  {
    name: "Weights over the pairs of each list.",
    async run(exports) {
      const p = parameters(1), of = lists(4, 3, 1), { weights } = await attended(exports, p, of);
      const { numbers } = await numbersOf(weights), total = numbers.slice(0, 4).reduce((a, b) => a + b, 0);
      const q = p.query.take(of.asked).unsqueeze(1), k = p.key.take(of.names), s = q.mul(k).sum([2]);
      if (near(weights, F.softmax(s, 1))) throw new Wrong(`The scores were not divided by √d = √${D}.`);
      const other = p.key.take(of.digits.clamp(0, N - 1));
      if (near(weights, F.softmax(q.mul(other).sum([2]).div(Math.sqrt(D)), 1))) {
        throw new Wrong("The keys come from the digits. What is compared with the question is the name.");
      }
      if (Math.abs(total - 1) > 1e-4) {
        throw new Wrong(`The four weights of the first list add up to ${write(total)}; they should add up to 1.`);
      }
      await expectClose(weights, reference.attend(p, of.names, of.digits, of.asked).weights,
        { name: "the weights", input: "three lists of four pairs" });
    },
  },
  {
    name: "Scores of the digits, by attention.",
    async run(exports) {
      const p = parameters(2), of = lists(5, 4, 2), { weights, scores } = await attended(exports, p, of);
      if (near(scores, weights.unsqueeze(2).mul(p.value.take(of.digits)).mean([1]).matmul(p.read))) {
        throw new Wrong("You took the mean of the weighted values. The weights add up to 1 already: take the sum.");
      }
      await expectClose(scores, reference.attend(p, of.names, of.digits, of.asked).scores,
        { name: "the scores", input: "four lists of five pairs" });
    },
  },
  {
    name: "Scores of the digits, by one vector.",
    async run(exports) {
      const p = parameters(3), of = lists(5, 4, 3);
      const found = await functionOf(exports, "summarise")(p, of.names, of.digits, of.asked) as Tensor;
      await expectShape(found, [4, C], "the scores");
      const pairs = p.name.take(of.names).add(p.digit.take(of.digits)), question = p.question.take(of.asked);
      const end = (context: Tensor): Tensor => context.add(question).tanh().matmul(p.out);
      if (near(found, end(pairs.tanh().sum([1])))) {
        throw new Wrong("The context is a sum, so it grows with the list. Take the mean.");
      }
      if (near(found, end(pairs.mean([1])))) {
        throw new Wrong("The tanh of each pair is missing. Without it the context is the mean of the names plus the " +
          "mean of the digits, and which digit belongs to which name is lost before training begins.");
      }
      await expectClose(found, reference.summarise(p, of.names, of.digits, of.asked),
        { name: "the scores", input: "four lists of five pairs" });
    },
  },
  {
    name: "How many pairs a query looks at.",
    async run(exports) {
      const looksAt = functionOf(exports, "looksAt"), rows = [[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0.5, 0.5, 0, 0]];
      const { numbers } = await numbersOf(looksAt(tensor(rows)), "looksAt");
      if (numbers.some(Number.isNaN)) {
        throw new Wrong("A weight of 0 made it not a number: 0 · ln 0 is 0 · −∞. Keep the logarithm away from 0.");
      }
      if (Math.abs(numbers[0] - Math.log(4)) < 1e-4 || Math.abs(numbers[0] - 2) < 1e-4) {
        throw new Wrong(`Four equal weights give ${write(numbers[0])}, which is their entropy. Its exponential is ` +
          "the number of pairs: 4.");
      }
      await expectClose(numbers, [4, 1, 2], { name: "looksAt", input: "four equal weights, one weight, two equal ones",
        tolerance: 1e-4 });
    },
  },
  {
    name: "Trained alike, one of them learns to look.",
    async run(exports) {
      const p = parameters(4), optimizer = new optim.Adam(Object.values(p), { lr: 0.05 });
      const summarise = functionOf(exports, "summarise"), looksAt = functionOf(exports, "looksAt");
      for (let step = 0; step < 40; step++) {
        const of = lists(6, 48, 100 + step);
        optimizer.zeroGrad();
        const context = await summarise(p, of.names, of.digits, of.asked) as Tensor;
        F.crossEntropy((await attended(exports, p, of)).scores, of.answers)
          .add(F.crossEntropy(context, of.answers)).backward();
        optimizer.step();
      }
      const test = lists(6, 200, 5), { weights, scores } = await attended(exports, p, test);
      const share = async (x: Tensor): Promise<number> => x.argmax(1).eq(test.answers).to("f32").mean().item();
      const looking = await share(scores);
      const summing = await share(await summarise(p, test.names, test.digits, test.asked) as Tensor);
      const { numbers: places } = await numbersOf(weights.argmax(1));
      const found = places.filter((place, i) => place === test.places[i]).length / places.length;
      const mean = (await numbersOf((looksAt(weights) as Tensor).mean())).numbers[0];
      const told = `On new lists of six, attention answers ${write(looking)} rightly, one vector ${write(summing)}`;
      if (looking < 0.9) throw new Wrong(`${told}. Attention should reach 0.9: does its gradient reach every table?`);
      if (found < 0.9) throw new Wrong(`${told}, but the largest weight stands on the pair that was asked for only ` +
        `in ${write(found)} of them.`);
      if (mean > 3) throw new Wrong(`${told}, and a query looks at ${write(mean)} pairs on average; it should be ` +
        "below 3.");
    },
  },
];
