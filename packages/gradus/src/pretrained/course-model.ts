import { eagerly } from "../exec/state.ts";
import { readSafetensors } from "../interop/safetensors.ts";
import { tensorFromFile } from "../interop/tensors.ts";
import { GPT, type GPTOptions } from "../models/gpt.ts";
import { cast, mul } from "../ops/elementwise.ts";
import { noGrad, scope } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readTokenizer } from "../text/tokenizer-json.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** What is known of the course model; its README says the same in words. */
export interface CourseModelCard {
  readonly sizes: GPTOptions;
  readonly parameters: number;
  readonly seed: number;
  /** Steps of training, each on `batch` windows of `sizes.block` tokens. */
  readonly steps: number;
  readonly batch: number;
  /** Characters of the course that it learnt from, and that were held out. */
  readonly learnt: number;
  readonly heldOut: number;
  /** Mean surprise on the text held out, a token and a character of it. */
  readonly natsPerToken: number;
  readonly natsPerCharacter: number;
}
export interface CourseModel {
  /** Ready to write: in the mode of `eval()`. */
  readonly model: GPT;
  readonly tokenizer: Tokenizer;
  /** Ends a paragraph; give it to `stopTokens` where one is enough. */
  readonly paragraphEnd: number;
  readonly card: CourseModelCard;
}
const SCALE = ".scale";

/**
 * A small language model that has read this course: a GPT of 1 M parameters over 1024 byte-pair tokens. Its weights,
 * whole numbers of 8 bits with a scale for each row, come with the library as a module that is loaded here: neither a
 * server nor a file system is asked. How it was trained and how good it is stands in pretrained/README.md.
 */
export async function loadCourseModel(): Promise<CourseModel> {
  const { COURSE_MODEL } = await import("./course-model.data.ts");
  const { tensors, metadata } = readSafetensors(
    Uint8Array.from(atob(COURSE_MODEL), (character) => character.charCodeAt(0)), "the course model");
  const card = JSON.parse(metadata.get("card")!) as CourseModelCard;
  const tokenizer = readTokenizer(metadata.get("tokenizer")!);
  const read = (name: string): Tensor => tensorFromFile(name, tensors.get(name)!);
  // What the new model starts with and the whole numbers go again at once.
  const model = scope(() => eagerly(() => noGrad(() => {
    const made = new GPT(card.sizes);
    made.loadStateDict(Object.fromEntries([...tensors.keys()].filter((name) => !name.endsWith(SCALE)).map((name) =>
      [name, tensors.has(name + SCALE) ? mul(cast(read(name), "f32"), read(name + SCALE)) : read(name)])));
    return made;
  })));
  const [paragraphEnd] = tokenizer.encode("\n").ids;
  return { model: model.eval(), tokenizer, paragraphEnd, card };
}
