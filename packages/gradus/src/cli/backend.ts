import { BackendError, UsageError } from "../vocab/errors.ts";
import { useBackend, type BackendName } from "../runtime/registry.ts";
import { choiceOption, numberOption, type Given, type Options } from "./arguments.ts";
import type { Context } from "./context.ts";

/** Options of every command that computes. */
export const BACKEND_OPTIONS = {
  backend: { value: "<name>", help: "wasm, native or reference (default: native where it works, else wasm)" },
  threads: { value: "<n>", help: "threads of the backend (default: one per core)" },
} as const satisfies Options<string>;
const BACKENDS: readonly BackendName[] = ["wasm", "native", "reference"];

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
  const settings = threads === undefined ? {} : { threads };
  const backend = await useBackend(name ?? "native", settings).catch((error: unknown) => {
    if (name !== undefined || !(error instanceof BackendError)) throw error;
    stderr.write(`backend wasm, since native is not there: ${error.message}\n`);
    return useBackend("wasm", settings);
  });
  return () => backend.dispose();
}
