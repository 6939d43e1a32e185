import { CAPTION_VOCABULARY, captionedShapes, LONGEST_CAPTION, type CaptionedPicture } from "../../data/captions.ts";
import { compile } from "../../exec/compile.ts";
import type { Captioner } from "../../models/captioner.ts";
import { crossEntropy } from "../../nn/functional/cross-entropy.ts";
import { tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Vocabulary } from "../../text/vocabulary.ts";
import { DataError } from "../../vocab/errors.ts";
import { adamwTask } from "../adamw-task.ts";
import { keptTexts } from "../kept.ts";
import { GENERATED, type TaskRecipe } from "../recipe.ts";

const SIDE = 32, HELD_OUT = 512, SCORED_TOGETHER = 128;
/** The pictures that are held out have this seed, those of step s of a run with seed n another each. */
const HELD_OUT_SEED = 0;
const seedOf = (seed: number, step: number): number => 1 + seed * 1_000_003 + step;
const PADDING = 0, BEGIN = 1, END = 2;

/** Pictures (B, 3, S, S) between -1 and 1, what the decoder reads (B, T) and what it should say (B, T). */
function batchOf(items: readonly CaptionedPicture[], vocabulary: Vocabulary): [Tensor, Tensor, Tensor] {
  const B = items.length, T = LONGEST_CAPTION + 1, area = SIDE * SIDE;
  const pixels = new Float32Array(B * 3 * area), read = new Int32Array(B * T), said = new Int32Array(B * T);
  items.forEach(({ drawn: { picture: { data } }, caption }, b) => {
    for (let at = 0; at < area; at++) {
      for (let c = 0; c < 3; c++) pixels[(3 * b + c) * area + at] = data[3 * at + c] / 127.5 - 1;
    }
    const ids = vocabulary.encode(caption);
    read.set([BEGIN, ...ids], b * T);
    said.set([...ids, END], b * T);
  });
  return [
    tensor(pixels, { shape: [B, 3, SIDE, SIDE] }), tensor(read, { shape: [B, T] }), tensor(said, { shape: [B, T] }),
  ];
}
/** The words before the end of a sentence. */
function wordsOf(ids: ArrayLike<number>, vocabulary: Vocabulary): string {
  const all = Array.from(ids), end = all.indexOf(END);
  return vocabulary.decode(end < 0 ? all : all.slice(0, end)).join(" ");
}
/** The sentences that a model says about pictures. */
async function captionsOf(
  items: readonly CaptionedPicture[], vocabulary: Vocabulary, describe: (pictures: Tensor) => Tensor,
): Promise<string[]> {
  const batch = batchOf(items, vocabulary), found = noGrad(() => describe(batch[0])), ids = await found.data();
  for (const done of [...batch, found]) done.dispose();
  const T = LONGEST_CAPTION + 1;
  return items.map((_, b) => wordsOf(ids.subarray(b * T, (b + 1) * T), vocabulary));
}
async function modelFor(vocabulary: Vocabulary): Promise<Captioner> {
  const { Captioner } = await import("../../models/captioner.ts");
  return new Captioner({ vocabulary: vocabulary.size, side: SIDE });
}

/** A sentence about a picture that the library draws. */
export const CAPTION_RECIPE: TaskRecipe = {
  kind: "task", name: "caption", title: "CNN and LSTM that say what a picture shows", data: GENERATED,
  wanted: GENERATED,
  bar: { metric: "accuracy", value: 0.84, on: "whole captions of 512 drawn pictures that are held out" },
  batch: 32, lr: 2e-3, weightDecay: 0.01, warmup: 0.05, steps: 1500,
  async open() {
    const { CAPTION_WORDS } = await import("../../models/captioner.ts");
    const vocabulary = new Vocabulary([...CAPTION_WORDS, ...CAPTION_VOCABULARY]);
    const heldOut = captionedShapes({ size: HELD_OUT, seed: HELD_OUT_SEED, side: SIDE });
    return {
      kept: { words: vocabulary.words },
      async task(settings) {
        const model = await modelFor(vocabulary);
        const describe = compile((x: Tensor) => model.caption(x, LONGEST_CAPTION + 1), { name: "caption" });
        return adamwTask(CAPTION_RECIPE, settings, {
          model, stepsPerEvaluation: 250,
          batch: (step) => {
            const drawn = captionedShapes({ size: settings.batch, seed: seedOf(settings.seed, step), side: SIDE });
            return batchOf(drawn, vocabulary);
          },
          loss: (pictures, read, said) =>
            crossEntropy(model.forward(pictures, read).reshape([-1, vocabulary.size]), said.reshape([-1]),
              { ignoreIndex: PADDING }),
          async evaluate() {
            let right = 0;
            for (let i = 0; i < HELD_OUT; i += SCORED_TOGETHER) {
              const some = heldOut.slice(i, i + SCORED_TOGETHER), found = await captionsOf(some, vocabulary, describe);
              right += found.filter((words, b) => words === some[b].caption.join(" ")).length;
            }
            return { accuracy: right / HELD_OUT };
          },
        });
      },
    };
  },
  async restore(kept) {
    const vocabulary = new Vocabulary(keptTexts(kept, "words")), model = await modelFor(vocabulary);
    return {
      model,
      async answer(line) {
        const number = Number(line.trim());
        if (!(Number.isInteger(number) && number >= 0 && number < HELD_OUT && line.trim() !== "")) {
          throw new DataError(`"${line.slice(0, 40)}" is no picture; give the number of one that was held out, 0 to ` +
            String(HELD_OUT - 1));
        }
        const picture = captionedShapes({ size: number + 1, seed: HELD_OUT_SEED, side: SIDE })[number];
        const [said] = await captionsOf([picture], vocabulary, (x) => model.caption(x, LONGEST_CAPTION + 1));
        return `${said} (drawn: ${picture.caption.join(" ")})`;
      },
    };
  },
};
