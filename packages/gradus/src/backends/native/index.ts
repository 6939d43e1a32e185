import { availableParallelism } from "node:os";
import { BackendError } from "../../vocab/errors.ts";
import type { KernelBackend } from "../../runtime/backend.ts";
import { CodeCache, cacheRoot } from "./cache.ts";
import { compile, findCompiler } from "./compile.ts";
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
  if (process.platform === "win32") throw new BackendError("native: Windows is not supported; use WSL or the wasm backend");
  const threads = options.threads ?? defaultThreads();
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new BackendError(`native: threads is ${threads}; give a whole number from 1 to 256 (${availableParallelism()} here)`);
  }
  const cpu = detectCpu();
  const [compiler, koffi] = await Promise.all([findCompiler(), loadKoffi()]);
  const environment = [compiler.version, ...compiler.flags, cpu.architecture, ...[...cpu.features].sort()].join("\n");
  const cache = new CodeCache(options.cache ?? cacheRoot(), environment);
  let driver = cache.find(DRIVER.symbol);
  if (driver === null) {
    const temporary = cache.temporary();
    await compile(compiler, DRIVER.source, temporary, cache.folder);
    driver = cache.store(temporary, [DRIVER.symbol]);
  }
  const engine = new Engine(koffi, driver, threads);
  return new NativeBackend(targetOf(cpu, threads), engine, compiler, cache);
}
