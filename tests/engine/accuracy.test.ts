import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createReferenceBackend, createWasmBackend, F, setBackend, tensor, type Backend, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";

const F32_MAX = 3.4028234663852886e38, INFINITE = 0x7f800000, NEGATIVE = 0x80000000;

/**
 * erf in float64 from its series of positive terms, in which nothing cancels: Abramowitz and Stegun 1964, 7.1.6,
 * erf x = 2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (1 3 ... (2n+1)).
 */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** Size of the last place of a float32 of this magnitude. */
const lastPlace = (x: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
/** Distance of a float32 result from the truth in units of the last place; Infinity where one is no number. */
function ulps(got: number, truth: number): number {
  const rounded = Math.fround(truth);
  if (got === rounded || (Number.isNaN(got) && Number.isNaN(rounded))) return 0;
  if (Number.isFinite(got) && Number.isFinite(rounded)) return Math.abs(got - truth) / lastPlace(truth);
  // At the end of the range the largest float32 and infinity are neighbours.
  return Math.sign(got) === Math.sign(truth) ? Math.abs(Math.abs(truth) - F32_MAX) / 2 ** 104 : Infinity;
}

/** Floats of all magnitudes and signs, all those next to 0, 1 and -1, and evenly spread ones within +-reach. */
function samples(reach: number): Float32Array {
  const bits: number[] = [0, NEGATIVE, INFINITE, INFINITE + NEGATIVE, 0x7fc00000];
  // An odd step, so that all trailing bits occur.
  for (let i = 0; i < INFINITE; i += 10_007) bits.push(i, i + NEGATIVE);
  for (const center of [0, 0x3f800000]) {
    for (let d = -2000; d <= 2000; d++) if (center + d >= 0) bits.push(center + d, center + d + NEGATIVE);
  }
  const random = new RandomStream(3);
  const near = Float32Array.from({ length: 100_000 }, () => (2 * random.uniform() - 1) * reach);
  const all = new Float32Array(bits.length + near.length);
  all.set(new Float32Array(Uint32Array.from(bits).buffer));
  all.set(near, bits.length);
  return all;
}

interface Worst {
  readonly ulps: number;
  readonly at: number;
}
async function worst(
  f: (x: Tensor) => Tensor, truth: (x: number) => number, reach: number,
  distance: (got: number, truth: number, x: number) => number = ulps,
): Promise<Worst> {
  const x = samples(reach), got = await f(tensor(x)).data();
  expect(x.length).toBeGreaterThan(300_000);
  let found: Worst = { ulps: 0, at: 0 };
  for (let i = 0; i < x.length; i++) {
    const far = distance(got[i], truth(x[i]), x[i]);
    if (!(far <= found.ulps)) found = { ulps: far, at: x[i] };
  }
  return found;
}
function within(found: Worst, bound: number): void {
  expect(found.ulps, `at ${found.at}`).toBeLessThanOrEqual(bound);
}

function suite(): void {
  test.each<[string, (x: Tensor) => Tensor, (x: number) => number, number]>([
    ["exp", (x) => x.exp(), Math.exp, 104],
    ["log", (x) => x.log(), Math.log, 4],
    ["log1p", (x) => x.log1p(), Math.log1p, 4],
    ["expm1", (x) => x.expm1(), Math.expm1, 90],
    ["tanh", (x) => x.tanh(), Math.tanh, 10],
    ["sigmoid", (x) => x.sigmoid(), sigmoid, 104],
  ])("%s is off by 2 ulp at most", async (_, f, truth, reach) => {
    within(await worst(f, truth, reach), 2);
  });
  test("erf is off by 4 ulp at most", async () => {
    within(await worst((x) => x.erf(), erf, 5), 4);
  });
  test("gelu is off by 4 ulp at most above -1/2, and by 4 ulp of x/2 below, where 1 + erf cancels", async () => {
    const truth = (x: number): number => (x === -Infinity ? NaN : x / 2 * (1 + erf(x * Math.SQRT1_2)));
    within(await worst(F.gelu, truth, 6, (got, want, x) =>
      (x > -0.5 || !Number.isFinite(x) ? ulps(got, want) : Math.abs(got - want) / lastPlace(x / 2))), 4);
  });
}

describe("accuracy on wasm", () => {
  const backend = createWasmBackend();
  beforeAll(() => setBackend(backend));
  suite();
  afterAll(() => {
    setBackend(createReferenceBackend());
    backend.dispose();
  });
});

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
describe.skipIf(missing !== null)(`accuracy on native${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let backend: Backend;
  beforeAll(async () => setBackend(backend = await createNativeBackend()));
  suite();
  afterAll(() => {
    setBackend(createReferenceBackend());
    backend.dispose();
  });
});
