import { F, manualSeed, nn, noGrad, randn, tensor, type Tensor } from "gradus";
import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const D = 8, V = 9, BLOCKS = 2, SOURCE = [3, 7, 4, 5], TARGET = [1, 6, 2];
/** A model of the library with random weights, and its parts as the task names them. */
function given(seed: number): { model: reference.Model; whole: nn.Transformer } {
  manualSeed(seed);
  const whole = new nn.Transformer(D, 2, { numEncoderLayers: BLOCKS, numDecoderLayers: BLOCKS, dimFeedforward: 16,
    dropout: 0, normFirst: true, batchFirst: true });
  // Norms that do something, so that a missing one is noticed.
  for (const [name, parameter] of whole.namedParameters()) {
    if (name.includes("norm")) parameter.assign(randn(parameter.shape).mul(0.3).add(name.endsWith("weight") ? 1 : 0));
  }
  const tables = [randn([V, D]), randn([V, D]), randn([12, D]), randn([D, V])];
  const rows = (table: Tensor) => (ids: number[]): Tensor =>
    F.embedding(tensor(Int32Array.from(ids)), table).add(tables[2].narrow(0, 0, ids.length));
  const attend = (layer: nn.MultiheadAttention) => (from: Tensor, to: Tensor, causal: boolean): Tensor =>
    layer.forward(from.unsqueeze(0), to.unsqueeze(0), to.unsqueeze(0), { causal })[0].squeeze(0);
  const norm = (layer: nn.LayerNorm) => (x: Tensor): Tensor => layer.forward(x);
  const feed = (layer: { linear1: nn.Linear; linear2: nn.Linear }) => (x: Tensor): Tensor =>
    layer.linear2.forward(F.relu(layer.linear1.forward(x)));
  return { whole, model: {
    embedSource: rows(tables[0]), embedTarget: rows(tables[1]), score: (x) => x.matmul(tables[3]),
    encoder: [...whole.encoder.layers].map((layer) => ({ attend: attend(layer.self_attn), feed: feed(layer),
      norm1: norm(layer.norm1), norm2: norm(layer.norm2) })),
    decoder: [...whole.decoder.layers].map((layer) => ({ attend: attend(layer.self_attn),
      cross: attend(layer.multihead_attn), feed: feed(layer), norm1: norm(layer.norm1), norm2: norm(layer.norm2),
      norm3: norm(layer.norm3) })),
    encoderNorm: norm(whole.encoder.norm!), decoderNorm: norm(whole.decoder.norm!),
  } };
}
const near = (a: Tensor, b: Tensor): boolean => a.sub(b).abs().amax().itemSync() < 1e-4;
async function tensorOf(exports: Exports, name: string, shape: readonly number[], ...inputs: readonly unknown[]):
  Promise<Tensor> {
  const found = await functionOf(exports, name)(...inputs);
  await expectShape(found, shape, name);
  const { numbers } = await numbersOf(found, name);
  return tensor([...numbers], { shape });
}
/** The reference’s model with some parts exchanged. */
type Parts = Partial<reference.Model>;
const changed = (model: reference.Model, parts: Parts): reference.Model => ({ ...model, ...parts });

export const checks: readonly Check[] = [
  {
    name: "The encoder.",
    async run(exports) {
      const { model, whole } = given(1), yours = await tensorOf(exports, "encode", [SOURCE.length, D], SOURCE, model);
      if (near(yours, reference.encode(SOURCE, changed(model, { encoderNorm: (x) => x })))) {
        throw new Wrong("The last norm of the encoder is missing. With norms before the branches nothing else has " +
          "normalised the stream.");
      }
      const masked = model.encoder.map((block) => ({ ...block, attend: (from: Tensor, to: Tensor) =>
        block.attend(from, to, true) }));
      if (near(yours, reference.encode(SOURCE, changed(model, { encoder: masked })))) {
        throw new Wrong("Your encoder has a causal mask. A source is known as a whole; every word may see all of it.");
      }
      const wanted = whole.encoder.forward(model.embedSource(SOURCE).unsqueeze(0)).squeeze(0);
      await expectClose(yours, wanted, { name: "encode", input: "four words, two blocks", tolerance: 1e-3 });
    },
  },
  {
    name: "The decoder: itself with a mask, then the memory.",
    async run(exports) {
      const { model, whole } = given(2), memory = reference.encode(SOURCE, model);
      const yours = await tensorOf(exports, "decode", [TARGET.length, V], TARGET, memory, model);
      const open = model.decoder.map((block) => ({ ...block, attend: (from: Tensor, to: Tensor) =>
        block.attend(from, to, false) }));
      if (near(yours, reference.decode(TARGET, memory, changed(model, { decoder: open })))) {
        throw new Wrong("The decoder’s look at itself has no mask: in training it would read the words that it is " +
          "asked " +
          "for.");
      }
      const itself = model.decoder.map((block) => ({ ...block, cross: (from: Tensor) => block.cross(from, from,
        false) }));
      if (near(yours, reference.decode(TARGET, memory, changed(model, { decoder: itself })))) {
        throw new Wrong("The second branch looks at the target again. Its keys and values come from the memory; " +
          "nothing of the source arrives.");
      }
      const cut = model.decoder.map((block) => ({ ...block, cross: (from: Tensor, to: Tensor) =>
        block.cross(from, to, true) }));
      if (near(yours, reference.decode(TARGET, memory, changed(model, { decoder: cut })))) {
        throw new Wrong("The look at the memory has a causal mask, so the first word sees one word of the source. " +
          "All of " +
          "it may be seen.");
      }
      const wanted = model.score(whole.decoder.forward(model.embedTarget(TARGET).unsqueeze(0), memory.unsqueeze(0),
        { tgtCausal: true }).squeeze(0));
      await expectClose(yours, wanted, { name: "decode", input: "three words so far", tolerance: 1e-3 });
    },
  },
  {
    name: "Writing, word by word.",
    async run(exports) {
      for (const seed of [3, 4, 5, 6]) {
        const { model } = given(seed), start = 1, length = 6;
        const free = noGrad(() => reference.greedy(SOURCE, model, { start, stop: -1, length }));
        const end = free.findIndex((token, i) => i > 0 && free.indexOf(token) === i);
        // A model that writes one word only has nothing to stop at.
        const stop = end < 0 ? -1 : free[end], wanted = end < 0 ? free : free.slice(0, end);
        let encoded = 0;
        const counting = changed(model, { embedSource: (ids) => {
          encoded++;
          return model.embedSource(ids);
        } });
        const { numbers } = await numbersOf(await functionOf(exports, "greedy")(SOURCE, counting, { start, stop,
          length }),
          "greedy");
        if (write(numbers.slice(0, wanted.length + 1)) === write([start, ...wanted])) {
          throw new Wrong("Your list begins with the start token. It is read, not written.");
        }
        if (numbers.length === wanted.length + 1 && numbers[numbers.length - 1] === stop) {
          throw new Wrong("Your list ends with the stop token. It ends the writing and is no part of it.");
        }
        if (numbers.length > wanted.length + 1) {
          throw new Wrong(`The model says stop (${stop}) after ${wanted.length} words, and you go on to ` +
            `${write([...numbers])}.`);
        }
        await expectClose([...numbers], wanted, { name: "greedy", input: `seed ${seed}, stop ${stop}` });
        if (encoded > 1) {
          throw new Wrong(`The source was encoded ${encoded} times for one translation. It does not change; once is ` +
            `enough.`);
        }
        const open = await numbersOf(await functionOf(exports, "greedy")(SOURCE, model, { start, stop: -1, length:
          4 }));
        await expectClose([...open.numbers], free.slice(0, 4), { name: "greedy", input: "no stop, length 4" });
      }
    },
  },
  {
    name: "A target that is a little soft.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "smoothed")(4, 1, 0.1), "smoothed");
      if (Math.abs(numbers[1] - 0.9) < 1e-6) {
        throw new Wrong("The right class has 0.9. Every class gets a share of ε, the right one too: 0.925.");
      }
      await expectClose([...numbers], [0.025, 0.925, 0.025, 0.025], { name: "smoothed", input: "4 classes, right 1, " +
        "ε 0.1" });
      manualSeed(7);
      const scores = randn([1, 5]), soft = tensor([...(await numbersOf(functionOf(exports, "smoothed")(5, 3,
        0.2))).numbers]);
      const yours = F.logSoftmax(scores, 1).squeeze(0).mul(soft).sum().neg();
      await expectClose(yours, F.crossEntropy(scores, tensor(Int32Array.of(3)), { labelSmoothing: 0.2 }),
        { name: "the loss with your target", input: "beside F.crossEntropy with labelSmoothing 0.2" });
    },
  },
  {
    name: "Up, then down.",
    async run(exports) {
      const rate = functionOf(exports, "rate");
      const [early, peak, late] = [1, 100, 400].map((step) => rate(step, 64, 100) as number);
      if (early > peak) {
        throw new Wrong(`At step 1 your rate is ${write(early)}, at step 100, the end of the warm-up, ` +
          `${write(peak)}: it only ` +
          "falls. Take the smaller of the two terms.");
      }
      if (late > peak) throw new Wrong("After the warm-up your rate goes on growing. Take the smaller of the two " +
        "terms.");
      await expectClose([early, peak, late], [0.000125, 0.0125, 0.00625], { name: "rate",
        input: "width 64, warm-up 100, steps 1, 100, 400", tolerance: 1e-6 });
      await compareWithReference(rate, reference.rate, (any) => any.record({ step: any.integer(1, 500),
        width: any.choice(16, 64, 512), warmup: any.integer(10, 200) }), { name: "rate", tolerance: 1e-6 });
    },
  },
];
