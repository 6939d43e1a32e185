import { availableParallelism } from "node:os";
import { BackendError } from "../../vocab/errors.ts";
import type { KernelBackend } from "../../runtime/backend.ts";
import { CodeCache, cacheRoot } from "./cache.ts";
import { compile, findCompiler, type Compiler } from "./compile.ts";
import { defaultThreads, detectCpu, targetOf } from "./cpu.ts";
import { NativeBackend } from "./device.ts";
import { DRIVER } from "./driver.ts";
import { Engine, loadKoffi } from "./engine.ts";
import type { NativeOptions } from "./options.ts";

export type { NativeOptions };

/**
 * The machine's full speed in Node: kernels are printed as C, compiled by the system's compiler and cached.
 * Rejects with a BackendError that says in one sentence what is missing: a compiler, koffi, a cache folder that can
 * be written and whose files may be executed.
 */
export async function createNativeBackend(options: NativeOptions = {}): Promise<KernelBackend> {
  if (process.platform === "win32") {
    throw new BackendError("native: Windows is not supported; use WSL or the wasm backend");
  }
  const threads = options.threads ?? defaultThreads();
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new BackendError(
      `native: threads is ${threads}; give a whole number from 1 to 256 (this machine runs ${availableParallelism()})`);
  }
  const cpu = detectCpu();
  const [compiler, koffi] = await Promise.all([findCompiler(), loadKoffi()]);
  const environment = [compiler.version, ...compiler.flags, cpu.architecture, ...[...cpu.features].sort()].join("\n");
  const cache = new CodeCache(options.cache ?? cacheRoot(), environment);
  const { driver, compiler: adapted } = await buildDriver(compiler, cache);
  const engine = new Engine(koffi, driver, threads);
  return new NativeBackend(targetOf(cpu, threads), engine, adapted, cache);
}

/** The driver's file, and the compiler as kernels are to use it. */
async function buildDriver(compiler: Compiler, cache: CodeCache): Promise<{ driver: string; compiler: Compiler }> {
  const plain = { ...compiler, flags: [...compiler.flags, "-DPLAIN_C"] };
  const [symbol, plainSymbol] = [DRIVER.symbol, `${DRIVER.symbol}_plain`];
  const known = cache.find(symbol);
  if (known !== null) return { driver: known, compiler };
  const knownPlain = cache.find(plainSymbol);
  if (knownPlain !== null) return { driver: knownPlain, compiler: plain };
  const temporary = cache.temporary();
  try {
    await compile(compiler, DRIVER.source, temporary, cache.folder);
    return { driver: cache.store(temporary, [symbol]), compiler };
  } catch {
    // Compilers rename their instruction functions at times; plain C does the same, if more slowly.
    await compile(plain, DRIVER.source, temporary, cache.folder);
    return { driver: cache.store(temporary, [plainSymbol]), compiler: plain };
  }
}
