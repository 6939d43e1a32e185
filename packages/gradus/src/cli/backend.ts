import { UsageError } from "../vocab/errors.ts";
import type { Backend } from "../runtime/backend.ts";
import { setBackend } from "../runtime/registry.ts";
import { choiceOption, numberOption, type Given, type Options } from "./arguments.ts";
import type { Context } from "./context.ts";

/** Options of every command that computes. */
export const BACKEND_OPTIONS = {
  backend: { value: "<name>", help: "wasm, native or reference (default: native where it works, else wasm)" },
  threads: { value: "<n>", help: "threads of the backend (default: one per core)" },
} as const satisfies Options<string>;
const BACKENDS = ["wasm", "native", "reference"] as const;
type BackendName = (typeof BACKENDS)[number];

async function create(name: BackendName, threads: number | undefined): Promise<Backend> {
  const options = threads === undefined ? {} : { threads };
  switch (name) {
    case "wasm":
      return (await import("../backends/wasm/index.ts")).createWasmBackend(options);
    case "native":
      return (await import("#native")).createNativeBackend(options);
    case "reference":
      return (await import("../backends/reference/index.ts")).createReferenceBackend();
  }
}

/**
 * Sets up the backend asked for; without a wish, native, and where that is not possible wasm, with one line that says
 * why. Returns what stops it.
 */
export async function chooseBackend(
  given: Given<keyof typeof BACKEND_OPTIONS>, { stderr }: Context,
): Promise<() => void> {
  const name = choiceOption(given, "backend", BACKENDS);
  const threads = numberOption(given, "threads", { min: 1, whole: true });
  if (name === "reference" && threads !== undefined && threads > 1) {
    throw new UsageError("--threads: the reference backend runs on one thread; leave it out");
  }
  let backend: Backend;
  if (name !== undefined) backend = await create(name, threads);
  else {
    try {
      backend = await create("native", threads);
    } catch (error) {
      stderr.write(`backend wasm, since native is not there: ${(error as Error).message}\n`);
      backend = await create("wasm", threads);
    }
  }
  setBackend(backend);
  return () => backend.dispose();
}
