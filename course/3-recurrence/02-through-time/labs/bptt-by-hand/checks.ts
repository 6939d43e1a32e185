import { optim, tensor } from "gradus";
import { checkGradient, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Unit = reference.Unit;
const P: Unit = { u: 0.8, w: 0.9, b: 0.1 }, XS = [1, -0.5, 0.3, 0, 0.7], YS = [0.2, 0.4, -0.3, 0, 0.5];
const list = ({ u, w, b }: Unit): number[] => [u, w, b];
/** The three slopes of an answer, in their order. */
async function slopes(value: unknown, name: string): Promise<number[]> {
  const given = value as Partial<Unit> | undefined;
  for (const key of ["u", "w", "b"] as const) {
    if (typeof given?.[key] !== "number") throw new Wrong(`${name} should return { u, w, b }, three numbers; ${key} ` +
      "is missing.");
  }
  return (await numbersOf(list(given as Unit), name)).numbers as number[];
}
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-6);
/** What a walk back gives that makes one mistake. */
function slip(p: Unit, xs: number[], ys: number[], kind: "last" | "slope" | "w" | "after"): number[] {
  const hs = reference.states(p, xs), g = [0, 0, 0];
  let blame = 0;
  for (let t = xs.length - 1; t >= 0; t--) {
    if (kind !== "last" || t === xs.length - 1) blame += hs[t] - ys[t];
    const delta = kind === "slope" ? blame : blame * (1 - hs[t] ** 2);
    const state = kind === "after" ? hs[t] : t === 0 ? 0 : hs[t - 1];
    [delta * xs[t], delta * state, delta].forEach((share, i) => { g[i] += share; });
    blame = kind === "w" ? delta : delta * p.w;
  }
  return g;
}
const lossAt = (xs: number[], ys: number[]) => ([u, w, b]: number[]): number =>
  reference.states({ u, w, b }, xs).reduce((sum, h, t) => sum + (h - ys[t]) ** 2 / 2, 0);
const gradientOf = async (exports: Exports, p: Unit, xs: number[], ys: number[]): Promise<number[]> =>
  slopes(await functionOf(exports, "gradient")({ ...p }, [...xs], [...ys]), "gradient");

export const checks: readonly Check[] = [
  {
    name: "The states of five steps.",
    async run(exports) {
      const yours = await numbersOf(functionOf(exports, "states")({ ...P }, [...XS]), "the states");
      await expectClose(yours.numbers, reference.states(P, XS), { name: "the states", input: write(XS) });
    },
  },
  {
    name: "The slopes of a sequence with five targets.",
    async run(exports) {
      const yours = await gradientOf(exports, P, XS, YS);
      if (same(yours, slip(P, XS, YS, "last"))) {
        throw new Wrong("Only the last step’s error comes back. Every state has a target: add hₜ − yₜ to the blame " +
          "at each step.");
      }
      if (same(yours, slip(P, XS, YS, "slope"))) {
        throw new Wrong("The slope of tanh is missing. On the way back through step t multiply by 1 − hₜ².");
      }
      if (same(yours, slip(P, XS, YS, "w"))) {
        throw new Wrong("Blame moves from step to step unchanged. It comes from hₜ₋₁ through the weight w: multiply " +
          "by w.");
      }
      if (same(yours, slip(P, XS, YS, "after"))) {
        throw new Wrong("The slope by w takes hₜ. What w multiplied at step t is the state before, hₜ₋₁, and 0 at " +
          "the first step.");
      }
      if (same(yours, list(reference.truncated(P, XS, YS, 1)))) {
        throw new Wrong("Every step is treated alone: no blame comes from later steps. Hand delta times w on to the " +
          "step before.");
      }
      if (same(yours, list(reference.gradient(P, XS, YS)).map((v) => -v))) {
        throw new Wrong("All signs are turned. The blame begins with hₜ − yₜ, not with yₜ − hₜ.");
      }
      await checkGradient(lossAt(XS, YS), yours, list(P), { name: "the gradient" });
    },
  },
  {
    name: "Other sequences, against central differences.",
    run: (exports) => forAll((any) => any.record({ p: any.vector(3, any.number(-1.5, 1.5)),
      steps: any.list(any.vector(2, any.number(-1, 1)), 1, 7) }), async ({ p: [u, w, b], steps }) => {
      const xs = steps.map(([x]) => x), ys = steps.map(([, y]) => y);
      await checkGradient(lossAt(xs, ys), await gradientOf(exports, { u, w, b }, xs, ys), [u, w, b],
        { name: "the gradient", tolerance: 1e-3 });
    }, { runs: 25 }),
  },
  {
    name: "Cut into pieces of two steps.",
    async run(exports) {
      const truncated = functionOf(exports, "truncated");
      const yours = await slopes(await truncated({ ...P }, [...XS], [...YS], 2), "truncated");
      if (same(yours, list(reference.gradient(P, XS, YS)))) {
        throw new Wrong("Nothing was cut: this is the whole gradient. Drop the blame where a piece begins.");
      }
      const pieces = [0, 2, 4].map((from) => reference.gradient(P, XS.slice(from, from + 2), YS.slice(from, from + 2)));
      if (same(yours, [0, 1, 2].map((i) => pieces.reduce((sum, g) => sum + list(g)[i], 0)))) {
        throw new Wrong("Each piece starts again from the state 0. Only blame is cut; the state runs on over the " +
          "border.");
      }
      await expectClose(yours, list(reference.truncated(P, XS, YS, 2)), { name: "the gradient", input: "pieces of 2" });
      for (const length of [1, 3, 5, 9]) {
        await expectClose(await slopes(await truncated({ ...P }, [...XS], [...YS], length), "truncated"),
          list(reference.truncated(P, XS, YS, length)), { name: "the gradient", input: `pieces of ${length}` });
      }
    },
  },
  {
    name: "Clipping shortens what is too long, and nothing else.",
    async run(exports) {
      const clip = functionOf(exports, "clip"), long: Unit = { u: 3, w: -4, b: 12 };
      const cut = async (g: Unit, limit: number): Promise<number[]> => slopes(await clip({ ...g }, limit), "clip");
      const yours = await cut(long, 6.5);
      if (same(yours, [3, -4, 6.5])) {
        throw new Wrong("Each number was held to the limit by itself. That turns the direction; multiply all three " +
          "by one factor.");
      }
      await expectClose(yours, [1.5, -2, 6], { name: "the clipped gradient",
        input: "u = 3, w = −4, b = 12, limit 6.5" });
      const short = await cut({ u: 0.3, w: 0, b: 0.4 }, 2);
      if (same(short, [1.2, 0, 1.6])) {
        throw new Wrong("A gradient of norm 0.5 was made longer, to norm 2. Clipping leaves alone what is short " +
          "enough.");
      }
      await expectClose(short, [0.3, 0, 0.4], { name: "the clipped gradient", input: "norm 0.5, limit 2" });
      await expectClose(await cut({ u: 0, w: 0, b: 0 }, 1), [0, 0, 0], { name: "the clipped gradient",
        input: "a gradient of zeros" });
      const parameter = tensor([0, 0, 0], { requiresGrad: true });
      parameter.mul(tensor(list(long))).sum().backward();
      optim.clipGradNorm([parameter], 2);
      await expectClose(await cut(long, 2), parameter.grad, { name: "the clipped gradient",
        input: "limit 2, by optim.clipGradNorm", tolerance: 1e-4 });
    },
  },
];
