import {
  compile, currentBackend, F, manualSeed, memoryReport, noGrad, optim, RandomStream, scope, tensor, zeros, type Module,
  type Tensor,
} from "gradus";
import { MODELS, sample, type LanguageModel } from "gradus/models";
import { disposeTraining } from "../../engine/dispose.ts";
import { anatomyOf, isTensor, observe } from "./anatomy.ts";
import { digitsData, textData, WINDOW, type Data } from "./data.ts";
import { PASSAGE } from "./passage.ts";
import type { Anatomy, Look, Measurement, Next, Sample, Settings, Snapshot, Thumbnail } from "./protocol.ts";
import { activationShape, matrixOf, thumbnail } from "./thumbnail.ts";

type Runnable = Module & { forward(x: Tensor): Tensor };

/** What an example of a classifier may look like; the first shape that a model accepts is taken. */
const SHAPES = [[64], [1, 28, 28], [3, 32, 32], [1, 32, 32], [1, 8, 8], [3, 64, 64], [3, 224, 224]] as const;
/** Tokens of the example of a model that encodes texts. */
const ENCODED_TOKENS = 16;
const SAMPLE_LENGTH = 44, TEMPERATURE = 0.8, ODDS = 5;
/** Steps at which a language model shows what it writes: 0, 20, 50, 100, 200, 500, ... */
const sampleAfter = (step: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(10, step)));
  return [2, 5, 10, 20].map((factor) => factor * power).find((at) => at > step)!;
};

/** One model with its data, its optimizer and everything that is measured while it trains. */
export class ModelRun {
  readonly settings: Settings;
  readonly anatomy: Anatomy;
  readonly #model: Runnable;
  readonly #data: Data | null;
  readonly #optimizer: optim.Adam;
  readonly #step: (x: Tensor, y: Tensor) => Tensor;
  readonly #history: Measurement[] = [];
  readonly #samples: Sample[] = [];
  #made = 0;
  #sum = 0;
  #since = 0;
  #stepTime: number | null = null;
  #nextSample = 0;

  private constructor(settings: Settings, model: Runnable, data: Data | null, anatomy: Anatomy) {
    this.settings = settings;
    this.anatomy = anatomy;
    this.#model = model;
    this.#data = data;
    const optimizer = scope(() => new optim.Adam(model.parameters(), { lr: settings.rate }));
    this.#optimizer = optimizer;
    this.#step = compile((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const loss = lossOf(model.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    });
  }

  /** Builds a model of the registry, finds data that fits it, and looks at how one example passes through. */
  static async open(settings: Settings, text: string | null): Promise<ModelRun> {
    const row = MODELS.find(({ name }) => name === settings.model);
    if (row === undefined) throw new Error(`there is no model "${settings.model}"`);
    const entry = await row.load();
    manualSeed(settings.seed);
    const model = scope(() => entry.create(settings.preset)) as Runnable;
    const data = await fittingData(model, row.task, text ?? PASSAGE);
    const input = data?.one()[0] ?? exampleFor(model, row.task);
    const { calls } = observe(model, () => scope(() => noGrad(() => model.forward(input))));
    const { root, parameters } = anatomyOf(model, calls);
    return new ModelRun(settings, model, data, {
      model: row.name, preset: settings.preset, root, parameters,
      example: row.task === "language" ? "window" : "example",
      task: data === null ? "none" : data.corpus === null ? "classification" : "language",
      characters: data?.characters ?? [], guessing: data?.guessing ?? 0, data: data?.words ?? "",
    });
  }
  get step(): number {
    return this.#made;
  }
  get trains(): boolean {
    return this.#data !== null;
  }
  dispose(): void {
    disposeTraining(this.#model, this.#optimizer);
  }

  /** Training steps for about `budget` milliseconds, at least one and at most `most`. */
  async train(budget: number, most = Infinity): Promise<void> {
    if (this.#data === null) return;
    const began = performance.now(), before = this.#made;
    do {
      const { batch, seed } = this.settings;
      const [x, y] = this.#data.batch(this.#made, batch, seed);
      const loss = this.#step(x, y);
      this.#sum += await loss.item();
      for (const used of [x, y, loss]) used.dispose();
      this.#made++;
      this.#since++;
    } while (performance.now() - began < budget && this.#made - before < most);
    // The first step of a run compiles it; its time says nothing about the others.
    if (before > 0) this.#stepTime = (performance.now() - began) / (this.#made - before);
  }

  /** Measures loss on both parts, once per step, and lets a language model write from time to time. */
  async measure(): Promise<void> {
    if (this.#data === null || this.#history.at(-1)?.step === this.#made) return;
    const heldOut = await this.#score(false);
    const train = this.#since > 0 ? this.#sum / this.#since : await this.#score(true);
    this.#sum = this.#since = 0;
    this.#history.push({ step: this.#made, train, heldOut });
    if (this.#data.corpus !== null && this.#made >= this.#nextSample) {
      this.#nextSample = sampleAfter(this.#made);
      const start = promptOf(this.#data);
      const text = await this.#write(start, SAMPLE_LENGTH, TEMPERATURE);
      this.#samples.push({ step: this.#made, text: text.slice(start.length) });
    }
  }
  async #score(seen: boolean): Promise<number> {
    const [x, y] = this.#data!.fixed(seen);
    const loss = scope(() => noGrad(() => lossOf(this.#model.forward(x), y)));
    const value = await loss.item();
    for (const used of [x, y, loss]) used.dispose();
    return value;
  }

  /** The run at this moment, with weights, gradients and activations for one example. */
  async snapshot(playing: boolean): Promise<Snapshot> {
    const { gradients, activations } = await this.#lookInside();
    const looks: Record<string, Look> = {};
    for (const [name, parameter] of this.#model.namedParameters()) {
      const values = await parameter.data() as Float32Array;
      const [rows, columns] = matrixOf(parameter.shape);
      const gradient = gradients.get(name) ?? new Float32Array(values.length);
      looks[name] = {
        weights: thumbnail(values, rows, columns), gradients: thumbnail(gradient, rows, columns),
        size: Math.sqrt(values.reduce((sum, w) => sum + w * w, 0) / values.length),
        largestGradient: gradient.reduce((best, g) => (Math.abs(g) > Math.abs(best) ? g : best), 0),
      };
    }
    return {
      settings: this.settings, step: this.#made, playing, history: [...this.#history], looks, activations,
      samples: [...this.#samples], stepTime: this.#stepTime, bytes: memoryReport().bytes,
      backend: currentBackend().name,
    };
  }
  /** One example forward and backward, outside of the compiled step: what every part gives and what is asked of it. */
  async #lookInside(): Promise<{
    gradients: ReadonlyMap<string, Float32Array>; activations: Readonly<Record<string, Thumbnail>>;
  }> {
    const gradients = new Map<string, Float32Array>(), activations: Record<string, Thumbnail> = {};
    if (this.#data === null) return { gradients, activations };
    const [x, y] = this.#data.one();
    const outputs = new Map<string, Tensor>();
    this.#model.zeroGrad();
    scope(() => {
      const { result, calls } = observe(this.#model, () => this.#model.forward(x));
      const visit = (list: typeof calls): void => list.forEach((call) => {
        if (call.output !== null && isTensor(call.output)) outputs.set(call.path, call.output);
        visit(call.calls);
      });
      visit(calls);
      lossOf(result, y).backward();
      return [...outputs.values()];
    });
    for (const [path, output] of outputs) {
      const [rows, columns] = activationShape(output.shape);
      activations[path] = thumbnail(await output.data(), rows, columns);
    }
    // Two parameters that are added to the same sum have one gradient between them.
    const made = new Set<Tensor>();
    for (const [name, { grad }] of this.#model.namedParameters()) {
      if (grad === null) continue;
      gradients.set(name, await grad.data() as Float32Array);
      made.add(grad);
    }
    this.#model.zeroGrad();
    for (const used of [x, y, ...outputs.values(), ...made]) used.dispose();
    return { gradients, activations };
  }

  /** Goes on with a text, and says which characters are likely after it. */
  async write(prompt: string, length: number, temperature: number): Promise<Next> {
    const data = this.#data;
    if (data?.corpus == null) throw new Error("this model writes no text");
    const known = new Set(data.corpus.vocabulary.characters);
    const start = Array.from(prompt).filter((character) => known.has(character)).join("") || promptOf(data);
    const text = length > 0 ? await this.#write(start, length, temperature, this.#made + prompt.length) : start;
    const seen = Array.from(text).filter((character) => known.has(character)).join("");
    const scores = await this.#scores(data.corpus.vocabulary.encode(seen));
    const top = Math.max(...scores), heat = Math.max(temperature, 1e-3);
    const powers = scores.map((score) => Math.exp((score - top) / heat));
    const total = powers.reduce((a, b) => a + b, 0);
    const odds = Array.from(powers, (power, i) => [data.characters[i], power / total] as const)
      .sort((a, b) => b[1] - a[1]).slice(0, ODDS);
    return { text, odds };
  }
  async #scores(ids: Int32Array): Promise<Float32Array> {
    const model = this.#model as unknown as LanguageModel;
    const window = ids.slice(-Math.min(model.context, WINDOW));
    const x = tensor(window, { shape: [1, window.length] });
    const last = scope(() => noGrad(() => model.forward(x).select(1, -1).reshape([-1])));
    const scores = await last.data() as Float32Array;
    for (const used of [x, last]) used.dispose();
    return scores;
  }
  async #write(start: string, length: number, temperature: number, seed = this.#made): Promise<string> {
    const model = this.#model as unknown as LanguageModel;
    const { vocabulary } = this.#data!.corpus!;
    const random = new RandomStream(seed, 1);
    let text = start;
    for await (const id of sample(model, [...vocabulary.encode(start)], { length, temperature, random })) {
      text += this.#data!.characters[id];
    }
    return text;
  }
}

/** Mean loss of scores (.., V) for answers (..). */
function lossOf(scores: Tensor, answers: Tensor): Tensor {
  const V = scores.shape[scores.shape.length - 1];
  return F.crossEntropy(scores.reshape([-1, V]), answers.reshape([-1]));
}
/** The first word of the text: what a model is asked to go on from. */
const promptOf = ({ corpus }: Data): string =>
  corpus!.vocabulary.decode(corpus!.train.subarray(0, 24)).split(/\s/).slice(0, 2).join(" ");

async function fittingData(model: Runnable, task: string, text: string): Promise<Data | null> {
  if (task === "language") {
    const { vocabulary, context } = model as unknown as LanguageModel;
    return textData(text, vocabulary, context);
  }
  if (task !== "classification") return null;
  const shape = SHAPES.find((candidate) => (outputOf(model, [1, ...candidate])?.at(-1) ?? 0) >= 10);
  return shape === undefined ? null : await digitsData(shape);
}
/** The shape that a model gives for an input of some shape, or null where it takes none such. */
function outputOf(model: Runnable, shape: readonly number[]): readonly number[] | null {
  try {
    const made = scope(() => noGrad(() => model.forward(zeros(shape))));
    const found = isTensor(made) ? [...made.shape] : null;
    if (isTensor(made)) made.dispose();
    return found !== null && found.length === 2 ? found : null;
  } catch {
    return null;
  }
}
function exampleFor(model: Runnable, task: string): Tensor {
  if (task === "encoding" || task === "translation") return zeros([1, ENCODED_TOKENS], "i32");
  const shape = SHAPES.find((candidate) => {
    try {
      scope(() => { noGrad(() => model.forward(zeros([1, ...candidate]))); });
      return true;
    } catch {
      return false;
    }
  });
  if (shape === undefined) throw new Error("the studio has no example in a shape that this model takes");
  return zeros([1, ...shape]);
}
