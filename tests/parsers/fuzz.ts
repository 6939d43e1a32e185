import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../../packages/gradus/src/backends/reference/index.ts";
import { setBackend } from "../../packages/gradus/src/runtime/registry.ts";
import { GradusError } from "../../packages/gradus/src/vocab/errors.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";
import { takeAllocations } from "./memory.ts";
import { mutate } from "./mutate.ts";
import { startWatchdog } from "./watchdog.ts";

/** A reader of files that are not trusted, and valid files to damage. */
export interface Parser {
  readonly files: readonly Uint8Array[];
  readonly parse: (bytes: Uint8Array) => unknown;
  /** How much larger than the file what it holds may be (default 64): formats that compress say how well they can. */
  readonly growth?: number;
}

/** Damaged files for each parser. */
const COUNT = Number(process.env["GRADUS_FUZZ_PARSERS"] ?? (process.env["CI"] === undefined ? 1000 : 20_000));
const FIRST = Number(process.env["GRADUS_FUZZ_SEED"] ?? 0);
/** Bytes that reading any file may ask for, and how many for each byte of the file where the parser does not say. */
const ROOM = 2 ** 22, GROWTH = 64;
/** No count is timed. */
const TIMEOUT = 60_000 + 20 * COUNT;

/** What is wrong with how a parser takes a file, or null; and whether it refused the file. */
export async function judge(
  { parse, growth = GROWTH }: Omit<Parser, "files">, bytes: Uint8Array,
): Promise<{ readonly fault: string | null; readonly refused: boolean }> {
  let fault: string | null = null, refused = false;
  takeAllocations();
  try {
    await parse(bytes);
  } catch (error) {
    refused = true;
    if (!(error instanceof GradusError)) fault = error instanceof Error ? error.stack ?? error.message : String(error);
  }
  const asked = takeAllocations();
  if (asked > ROOM + growth * bytes.length) fault ??= `it asked for ${asked} bytes`;
  return { fault, refused };
}

/** Keeps the file of a fault, and says where. */
async function report(name: string, parser: Parser, seed: number, bytes: Uint8Array, depth: number): Promise<never> {
  const kept = join(tmpdir(), `gradus-${name.replaceAll(/\W/g, "-")}-${seed}.bin`);
  writeFileSync(kept, bytes);
  Error.stackTraceLimit = depth;
  const { fault } = await judge(parser, bytes);
  throw new Error(`seed ${seed} (${bytes.length} bytes, kept as ${kept}): ${fault ?? "it fails only sometimes"}`);
}

/**
 * Damaged files for every parser: it returns or throws an error of ours, it comes back, and it takes no memory out of
 * proportion. `GRADUS_FUZZ_PARSERS=36000 npx vitest run tests/parsers` tries that many for each, a million in all;
 * `GRADUS_FUZZ_SEED` is the first seed, and `-t NAME` tries one parser alone.
 */
export function fuzz(parsers: Readonly<Record<string, Parser>>): void {
  const dog = startWatchdog(), backend = createReferenceBackend(), depth = Error.stackTraceLimit;
  beforeAll(() => setBackend(backend));
  afterAll(() => {
    dog.rest();
    Error.stackTraceLimit = depth;
  });
  describe.each(Object.keys(parsers))("%s", (name) => {
    const parser = parsers[name];
    test("valid files are read", async () => {
      let read = 0;
      for (const bytes of parser.files) {
        const { fault, refused } = await judge(parser, bytes);
        expect(fault).toBe(null);
        if (!refused) read++;
      }
      expect(read).toBeGreaterThan(0);
    });
    test(`${COUNT} damaged files are read or refused`, async () => {
      // Most of them end in an error, and most of an error's time goes into its stack.
      Error.stackTraceLimit = 0;
      let refusals = 0;
      for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
        dog.watch(name, seed);
        const bytes = mutate(parser.files, new RandomStream(seed, name.length));
        const { fault, refused } = await judge(parser, bytes);
        if (refused) refusals++;
        if (fault !== null) await report(name, parser, seed, bytes, depth);
      }
      dog.rest();
      expect(refusals).toBeGreaterThan(COUNT / 100);
    }, TIMEOUT);
  });
}
