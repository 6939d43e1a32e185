import { F, Generator, randn, tensor, type Tensor } from "gradus";
import { expectClose, functionOf, numbersOf, write, Wrong, type Check, type Exports } from "@gradus/lessons/grade";

const D = 4;
/** Vectors of B sentences of T places, the same for the same seed. */
const vectors = (B: number, T: number, seed: number): Tensor => {
  const generator = new Generator(seed);
  return tensor(randn([B, T, D], { generator }).dataSync(), { shape: [B, T, D] });
};
interface Case { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor }
const given = (B: number, T: number, S: number, seed: number): Case =>
  ({ q: vectors(B, T, seed), k: vectors(B, S, seed + 50), v: vectors(B, S, seed + 90) });

/** The learner’s mask as numbers [B, T, S], told apart from what only looks like one. */
async function maskOf(exports: Exports, name: string, args: readonly unknown[], shape: readonly number[]):
  Promise<{ mask: Tensor; seen: readonly boolean[] }> {
  const made = functionOf(exports, name)(...args), { numbers, shape: own } = await numbersOf(made, `${name}`);
  const mask = made as Tensor;
  const wrongShape = own.length > 3 || own.some((n, i) => n !== 1 && n !== shape[i + 3 - own.length]);
  if (wrongShape) {
    throw new Wrong(`${name} has shape ${write(own)}; it should be ${write(shape)}, or broadcast to it.`);
  }
  if (typeof made !== "object" || made === null || !("dtype" in made)) throw new Wrong(`${name} should be a tensor.`);
  if (mask.dtype !== "bool" && numbers.every((n) => n === 0 || n === 1)) {
    throw new Wrong(`${name} holds the numbers 0 and 1 (${mask.dtype}). Numbers are added to the scores, and a 1 ` +
      "changes little; truth values are what hides.");
  }
  const seen = Array.from(await mask.to("f32").expand(shape).data(), (n) => (mask.dtype === "bool" ? n !== 0
    : n > -1e6));
  return { mask, seen };
}
/** Each sentence alone, cut to its tokens: what rows of real places should be. */
function alone({ q, k, v }: Case, rows: readonly number[], columns: readonly number[], causal: boolean): Tensor[] {
  const cut = (x: Tensor, b: number, n: number): Tensor => x.select(0, b).narrow(0, 0, n);
  return rows.map((n, b) => F.scaledDotProductAttention(cut(q, b, n), cut(k, b, columns[b]), cut(v, b, columns[b]),
    { causal }));
}
async function compare(name: string, mask: Tensor, of: Case, rows: readonly number[], columns: readonly number[],
  causal: boolean): Promise<void> {
  const found = F.scaledDotProductAttention(of.q, of.k, of.v, { mask }), expected = alone(of, rows, columns, causal);
  for (const [b, n] of rows.entries()) {
    await expectClose(found.select(0, b).narrow(0, 0, n), expected[b], { name: `attention with ${name}`,
      tolerance: 1e-4, input: `sentence ${b} of lengths ${write([...columns])}, beside the same sentence alone` });
  }
}
/** Names the slip where a mask is exactly what a known one gives. */
function slips(name: string, seen: readonly boolean[], right: (b: number, i: number, j: number) => boolean, shape:
  readonly number[], known: readonly (readonly [string, (b: number, i: number, j: number) => boolean])[]): void {
  const [, T, S] = shape, all = (sees: (b: number, i: number, j: number) => boolean): boolean =>
    seen.every((may, at) => may === sees(Math.floor(at / (T * S)), Math.floor(at / S) % T, at % S));
  if (all((b, i, j) => !right(b, i, j))) {
    throw new Wrong(`${name} is upside down: true stands where a place must not be seen. PyTorch’s layers take ` +
      "such a mask; scaledDotProductAttention takes true for what may be seen.");
  }
  for (const [message, sees] of known) if (all(sees)) throw new Wrong(`${name}: ${message}`);
}

export const checks: readonly Check[] = [
  {
    name: "An encoder sees everything but padding.",
    async run(exports) {
      const lengths = [5, 2, 3], shape = [3, 5, 5], { mask, seen } = await maskOf(exports, "encoderMask", [lengths, 5],
        shape);
      slips("encoderMask", seen, (b, _, j) => j < lengths[b], shape, [
        ["padding is hidden as one that looks, not as one that is looked at. The column has to be a real token.",
          (b, i) => i < lengths[b]],
        ["it hides what comes later; an encoder reads both ways.", (b, i, j) => j < lengths[b] && j <= i],
        ["padding is seen: a sentence of 2 tokens must not look at places 2, 3 and 4.", () => true],
      ]);
      await compare("encoderMask", mask, given(3, 5, 5, 1), lengths, lengths, false);
    },
  },
  {
    name: "A decoder sees its past, itself included.",
    async run(exports) {
      const lengths = [4, 5, 1], shape = [3, 5, 5], { mask, seen } = await maskOf(exports, "decoderMask", [lengths, 5],
        shape);
      slips("decoderMask", seen, (b, i, j) => j < lengths[b] && j <= i, shape, [
        ["a place does not see itself, so the first one sees nothing at all. Column ≤ row.",
          (b, i, j) => j < lengths[b] && j < i],
        ["it shows what is still to come and hides the past.", (b, i, j) => j < lengths[b] && j >= i],
        ["nothing ahead is hidden; this is the mask of an encoder.", (b, _, j) => j < lengths[b]],
      ]);
      await compare("decoderMask", mask, given(3, 5, 5, 2), lengths, lengths, true);
    },
  },
  {
    name: "A target sees the whole source, without its padding.",
    async run(exports) {
      const lengths = [3, 6], shape = [2, 4, 6], { mask, seen } = await maskOf(exports, "crossMask", [lengths, 6, 4],
        shape);
      slips("crossMask", seen, (b, _, j) => j < lengths[b], shape, [
        ["the past of the target is no matter here: the source is all there before the first word is written.",
          (b, i, j) => j < lengths[b] && j <= i],
        ["the source’s padding is seen.", () => true],
        ["`lengths` are those of the source, which is what is looked at: they belong to columns, not to rows.",
          (b, i) => i < lengths[b]],
      ]);
      await compare("crossMask", mask, given(2, 4, 6, 3), [4, 4], lengths, false);
    },
  },
  {
    name: "Other batches and lengths.",
    async run(exports) {
      for (const [lengths, T] of [[[1], 1], [[7, 1, 4, 6], 7], [[3, 3], 3]] as const) {
        const B = lengths.length, encoder = await maskOf(exports, "encoderMask", [lengths, T], [B, T, T]);
        await compare("encoderMask", encoder.mask, given(B, T, T, 4), lengths, lengths, false);
        const decoder = await maskOf(exports, "decoderMask", [lengths, T], [B, T, T]);
        await compare("decoderMask", decoder.mask, given(B, T, T, 5), lengths, lengths, true);
        const cross = await maskOf(exports, "crossMask", [lengths, T, 3], [B, 3, T]);
        await compare("crossMask", cross.mask, given(B, 3, T, 6), lengths.map(() => 3), lengths, false);
      }
    },
  },
  {
    name: "What stands in the padding changes nothing.",
    async run(exports) {
      const lengths = [2, 4], { q, k, v } = given(2, 4, 4, 7);
      const { mask } = await maskOf(exports, "encoderMask", [lengths, 4], [2, 4, 4]);
      const other = k.add(tensor([[[0], [0], [5], [9]], [[0], [0], [0], [0]]]));
      const rows = (keys: Tensor): Tensor => F.scaledDotProductAttention(q, keys, v, { mask }).select(0, 0).narrow(0, 0,
        2);
      await expectClose(rows(other), rows(k), { name: "the first sentence", input: "other numbers in its padding",
        tolerance: 1e-5 });
    },
  },
];
