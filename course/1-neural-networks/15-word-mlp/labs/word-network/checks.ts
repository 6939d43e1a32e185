import { F, grad, manualSeed, noGrad, randn, RandomStream, tensor, type Tensor } from "gradus";
import { WordMLP } from "gradus/models";
import { NgramModel } from "gradus/text";
import { expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

interface Parameters { C: Tensor; H: Tensor; d: Tensor; U: Tensor; b: Tensor }
const NAMES = ["C", "H", "d", "U", "b"] as const;

/** A text: who does what to what. Words of a group are alike, and most pairs of them are new in a new sentence. */
const SUBJECTS = "cat dog horse goose fox boy girl baker queen sailor".split(" ");
const ACTIONS: readonly (readonly [verbs: string, objects: string])[] = [
  ["eats wants smells finds", "bread soup cheese apple rice"], ["reads writes folds prints", "letter poem map list"],
  ["sees hears follows greets", SUBJECTS.join(" ")],
];
function sentences(count: number, seed: number): string[] {
  const random = new RandomStream(seed), one = (of: string): string => {
    const words = of.split(" ");
    return words[random.integer(words.length)];
  };
  return Array.from({ length: count }, () => {
    const [verbs, objects] = ACTIONS[random.integer(ACTIONS.length)];
    const article = (): string => one("the this") + (random.uniform() < 0.3 ? ` ${one("old small quiet")}` : "");
    return `${article()} ${one(SUBJECTS.join(" "))} ${one(verbs)} ${article()} ${one(objects)} .`.split(" ");
  }).flat();
}
const LEARN = sentences(80, 1), TEST = sentences(200, 2), WORDS = [...new Set([...LEARN, ...TEST])];
const ORDER = 4;
/** Windows of a text: [B, 3] and [B]. */
function windows(text: readonly string[]): { contexts: Tensor; targets: Tensor } {
  const ids = text.map((word) => WORDS.indexOf(word)), targets = ids.slice(ORDER - 1);
  return { contexts: tensor(Int32Array.from(targets.flatMap((_, i) => ids.slice(i, i + ORDER - 1))),
    { shape: [targets.length, ORDER - 1] }), targets: tensor(Int32Array.from(targets)) };
}

const V = 5, M = 2, H = 3;
/** A small network with the features of two words, and three contexts. */
function small(): { p: Parameters; contexts: Tensor } {
  manualSeed(3);
  const make = (...shape: number[]): Tensor => tensor(randn(shape).dataSync(), { shape, requiresGrad: true });
  return { p: { C: make(V, M), H: make(H, 2 * M), d: make(H), U: make(V, H), b: make(V) },
    contexts: tensor(Int32Array.from([0, 1, 1, 0, 4, 2]), { shape: [3, 2] }) };
}
const scoresOf = async (exports: Exports, p: Parameters, contexts: Tensor): Promise<Tensor> => {
  const made = await functionOf(exports, "scores")(p, contexts) as Tensor;
  await expectShape(made, [contexts.shape[0], p.C.shape[0]], "the scores");
  return made;
};
const close = (a: Tensor, b: Tensor): boolean => a.sub(b).abs().amax().itemSync() < 1e-5;

export const checks: readonly Check[] = [
  {
    name: "One score for each word: [3, 2] words of five give [3, 5] scores.",
    async run(exports) {
      const { p, contexts } = small();
      await scoresOf(exports, p, contexts);
    },
  },
  {
    name: "The scores of a small network.",
    async run(exports) {
      const { p, contexts } = small(), found = await scoresOf(exports, p, contexts);
      const z = p.C.take(contexts).flatten(1).matmul(p.H.T), end = (h: Tensor): Tensor => h.matmul(p.U.T).add(p.b);
      if (close(found, end(z.add(p.d)))) {
        throw new Wrong("There is no tanh: without it the two layers are one linear map.");
      }
      if (close(found, end(z.tanh()))) throw new Wrong("d is missing: add it before the tanh.");
      if (close(found, end(z.tanh().add(p.d)))) throw new Wrong("d comes before the tanh, as the bias of the " +
        "hidden layer.");
      if (close(found, end(z.add(p.d).tanh()).sub(p.b))) throw new Wrong("b is missing: one bias for each word.");
      if (close(found, F.softmax(end(z.add(p.d).tanh()), 1))) {
        throw new Wrong("Your rows add up to 1: you applied a softmax. The loss applies one; return scores.");
      }
      const backwards = p.C.take(contexts.flip([1])).flatten(1);
      if (close(found, end(backwards.matmul(p.H.T).add(p.d).tanh()))) {
        throw new Wrong("The features stand newest first. In this lab the oldest word comes first.");
      }
      await expectClose(found, reference.scores(p, contexts), { name: "the scores", input: "five words, m = 2, h " +
        "= 3" });
    },
  },
  {
    name: "The same as the library’s WordMLP.",
    async run(exports) {
      manualSeed(4);
      const model = new WordMLP({ vocabulary: 6, order: 4, features: 3, hidden: 4 });
      const contexts = tensor(Int32Array.from([0, 5, 2, 3, 3, 1]), { shape: [2, 3] });
      const p = { C: model.embedding.weight, H: model.hidden.weight, d: model.hidden.bias!, U: model.output.weight,
        b: model.output.bias! };
      await expectClose(await scoresOf(exports, p, contexts), model.forward(contexts).select(1, -1),
        { name: "the scores", input: "six words, n = 4" });
    },
  },
  {
    name: "Gradients reach the features of the words in the window, and no others.",
    async run(exports) {
      const { p, contexts } = small(), found = await scoresOf(exports, p, contexts);
      const [slope] = grad(found.square().sum(), [p.C]);
      await expectClose(slope, grad(reference.scores(p, contexts).square().sum(), [p.C])[0],
        { name: "the gradient of C", input: "row 3 is in no context", tolerance: 1e-4 });
    },
  },
  {
    name: "train returns five parameters of fitting shapes.",
    async run(exports) {
      const { contexts, targets } = windows(LEARN.slice(0, 60));
      await trained(exports, contexts, targets);
    },
  },
  {
    name: "On new sentences your network hesitates less than the trigram.",
    async run(exports) {
      const { contexts, targets } = windows(LEARN), p = await trained(exports, contexts, targets), test = windows(TEST);
      const hesitation = async ({ contexts: words, targets: next }: typeof test): Promise<number> =>
        Math.exp(await noGrad(() => F.crossEntropy(reference.scores(p, words), next)).item());
      const trigram = new NgramModel([LEARN, ...WORDS.map((word) => [word])],
        { order: 3, smoothing: { kind: "kneserNey" }, pad: false }).perplexity([TEST]);
      const yours = await hesitation(test), learned = await hesitation({ contexts, targets });
      const numbers = `Perplexity on new sentences: yours ${write(round(yours))}, the trigram’s ` +
        `${write(round(trigram))}`;
      if (!Number.isFinite(yours)) throw new Wrong(`${numbers}. A number ran away; lower the learning rate.`);
      if (yours < trigram) return;
      if (learned > 0.5 * WORDS.length) {
        throw new Wrong(`${numbers}. On the text it learned from it is ${write(round(learned))}, hardly below the ` +
          `${WORDS.length} of a blind guess: it has not been trained, or with too small a rate or the wrong sign.`);
      }
      if (learned < 0.6 * yours) {
        throw new Wrong(`${numbers}, and ${write(round(learned))} on the text it learned from: it knows that by ` +
          `heart. Fewer ` +
          "steps, fewer features or more weight decay.");
      }
      throw new Wrong(`${numbers}, and ${write(round(learned))} on the text it learned from. It is on the way: ` +
        `more steps, or a ` +
        "larger rate.");
    },
  },
];
const round = (value: number): number => Math.round(100 * value) / 100;

/** The learner's parameters after training; their shapes must fit each other. */
async function trained(exports: Exports, contexts: Tensor, targets: Tensor): Promise<Parameters> {
  manualSeed(1);
  const made = await functionOf(exports, "train")(contexts, targets, WORDS.length) as Partial<Parameters> | undefined;
  for (const name of NAMES) {
    if (made?.[name] === undefined) throw new Wrong(`train should return { C, H, d, U, b }; ${name} is missing.`);
  }
  const whole = made as Parameters;
  const [, m] = (await numbersOf(whole.C, "C")).shape, [h] = (await numbersOf(whole.d, "d")).shape;
  await expectShape(whole.C, [WORDS.length, m], "C");
  await expectShape(whole.H, [h, (ORDER - 1) * m], "H");
  await expectShape(whole.U, [WORDS.length, h], "U");
  await expectShape(whole.b, [WORDS.length], "b");
  return whole;
}
