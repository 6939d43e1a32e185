import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../../packages/gradus/src/index.ts";
import { createReferenceBackend } from "../../packages/gradus/src/backends/reference/index.ts";
import { compile } from "../../packages/gradus/src/exec/compile.ts";
import { isOp, topologicalOrder, type Node } from "../../packages/gradus/src/ir/node.ts";
import type { Op } from "../../packages/gradus/src/ir/op.ts";
import type { Backend } from "../../packages/gradus/src/runtime/backend.ts";
import { setBackend } from "../../packages/gradus/src/runtime/registry.ts";
import type { Case, Closeness } from "./case.ts";
import { CASES, OPS } from "./cases.ts";
import { difference, type Numbers } from "./compare.ts";
import { poisoned } from "./poison.ts";
import { absolute, graphOf, LEVELS, programOf, readAll, upload, widened, type Level, type Program } from "./run.ts";

/** Milliseconds for the kernels of one primitive to be compiled on a busy machine; nothing here is timed. */
const PATIENCE = 600_000;
/** Failing cases that a test names. */
const SHOWN = 6;
const TIERS = ["eager", "compiled"] as const;
type Tier = (typeof TIERS)[number];

export interface ContractOptions {
  /** Why a backend leaves a case out, or null. */
  readonly skip?: (op: Op, c: Case) => string | null;
}
const REFERENCE = createReferenceBackend();

/** The right numbers, and sums of absolute values where the closeness is measured by them. */
interface Oracle {
  readonly program: Program;
  readonly want: readonly Numbers[];
  readonly magnitudes: readonly Numbers[] | null;
}
const known = new Map<Case, Map<Level, Promise<Oracle>>>();
function oracleOf(c: Case, level: Level): Promise<Oracle> {
  let levels = known.get(c);
  if (levels === undefined) known.set(c, levels = new Map());
  let oracle = levels.get(level);
  if (oracle === undefined) levels.set(level, oracle = ask(c, level));
  return oracle;
}
async function ask(c: Case, level: Level): Promise<Oracle> {
  setBackend(REFERENCE);
  const program = programOf(c, level);
  const inputs = c.widen ? program.arguments.map(widened) : program.arguments;
  const run = (given: typeof inputs): Promise<Numbers[]> =>
    readAll(program.run(...given.map((x) => upload(x, level > 0))));
  const want = await run(inputs);
  const magnitudes = level === 0 && typeof c.closeness === "object" ? await run(inputs.map(absolute)) : null;
  return { program, want, magnitudes };
}

/** One thing to try: a case in a tier at a level. */
interface Trial {
  readonly c: Case;
  readonly tier: Tier;
  readonly level: Level;
}
const nameOf = (op: Op, { c, tier, level }: Trial): string => `${op}, ${tier}, ${LEVELS[level]}, ${c.title}`;

/**
 * What is wrong with each trial on a backend, or null. All of them start before the first is read, so that a backend
 * with a compiler gets its kernels in one batch.
 */
async function faults(backend: Backend, trials: readonly Trial[]): Promise<Map<Trial, string | null>> {
  const oracles = await Promise.all(trials.map(({ c, level }) => oracleOf(c, level).catch(sentence)));
  setBackend(backend);
  const started = trials.map((trial, i) => {
    const oracle = oracles[i];
    try {
      return typeof oracle === "string" ? oracle : start(trial, oracle);
    } catch (error) {
      return sentence(error);
    }
  });
  const found = new Map<Trial, string | null>();
  for (const [i, trial] of trials.entries()) {
    const made = started[i];
    found.set(trial, typeof made === "string" ? made
      : await readAll(made).then((got) => judge(trial, oracles[i] as Oracle, got), sentence));
  }
  return found;
}
const sentence = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

function start({ tier, level }: Trial, { program }: Oracle): Node[] {
  const tensors = program.arguments.map((x) => upload(x, level > 0));
  if (tier === "eager") return program.run(...tensors);
  const compiled = compile(program.run);
  compiled(...tensors);
  // The second call finds its plan and memory used before.
  return compiled(...tensors);
}
function judge({ c, level }: Trial, { want, magnitudes }: Oracle, got: readonly Numbers[]): string | null {
  if (got.length !== want.length) return `gives ${got.length} tensors, not ${want.length}`;
  const closeness: Closeness | "second" = level === 0 ? c.closeness : level === 1 ? "chain" : "second";
  for (const [i, result] of got.entries()) {
    const wrong = difference(result, want[i], closeness, magnitudes?.[i] ?? null);
    if (wrong !== null) return `${level === 0 ? "output" : "gradient"} ${i} ${wrong}`;
  }
  return null;
}

/**
 * Every primitive x {eager, compiled} x {forward, gradient, second gradient} on a backend, against the reference in
 * float64. Integers and truth values are equal; float32 within `Closeness` (gradients 1e-5, second gradients 5e-5 of
 * the tensor's largest element); float64 the same in its own rounding steps.
 */
export function contractSuite(
  name: string, createBackend: () => Backend | Promise<Backend>, options: ContractOptions = {},
): void {
  const skip = options.skip ?? (() => null);
  describe(`contract of the ${name} backend`, () => {
    let backend: Backend;
    beforeAll(async () => { backend = poisoned(await createBackend()); });
    afterAll(() => backend.dispose());

    test("leaves no hole: every primitive stands in its cases, and what is not differentiated says why", () => {
      for (const op of OPS) {
        expect(CASES[op].length, `${op} has cases`).toBeGreaterThan(0);
        expect(new Set(CASES[op].map((c) => c.title)).size, `titles of ${op} differ`).toBe(CASES[op].length);
        for (const c of CASES[op]) {
          expect(topologicalOrder(graphOf(c).outputs).some((node) => isOp(node, op)), `${op}: ${c.title}`).toBe(true);
          if (c.order < 2) expect(c.reason, `${op}: ${c.title}`).toMatch(/\w/);
        }
        expect(CASES[op].some((c) => skip(op, c) === null), `${op} is not skipped altogether`).toBe(true);
      }
    });
    for (const op of OPS) {
      const trials = TIERS.flatMap((tier) => ([0, 1, 2] as const).flatMap((level) => CASES[op]
        .filter((c) => c.order >= level && skip(op, c) === null).map((c): Trial => ({ c, tier, level }))));
      describe(op, () => {
        let found: ReadonlyMap<Trial, string | null>;
        beforeAll(async () => { found = await faults(backend, trials); }, PATIENCE);
        for (const tier of TIERS) {
          for (const level of [0, 1, 2] as const) {
            const own = trials.filter((trial) => trial.tier === tier && trial.level === level);
            if (own.length === 0) continue;
            test(`${tier}, ${LEVELS[level]}: ${own.length} cases`, () => {
              const wrong = own.filter((trial) => found.get(trial) !== null);
              const lines = wrong.slice(0, SHOWN).map((trial) => `${nameOf(op, trial)}: ${found.get(trial)}`);
              if (wrong.length > SHOWN) lines.push(`and ${wrong.length - SHOWN} more`);
              expect(lines.join("\n")).toBe("");
            });
          }
        }
      });
    }
  });
}
