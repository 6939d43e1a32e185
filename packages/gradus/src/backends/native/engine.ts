import { constrainedMemory } from "node:process";
import { totalmem } from "node:os";
import { BackendError } from "../../vocab/errors.ts";

type Koffi = typeof import("koffi");

/** The driver's functions, called through koffi. Addresses are below 2^53 and travel as numbers. */
interface Functions {
  create(bytes: number, threads: number): number;
  destroy(engine: number): void;
  open(path: string): number;
  error(): string;
  bind(engine: number, kernel: number, file: number, symbol: string): number;
  run(engine: number, offset: number, parallel: number): void;
  write(engine: number, offset: number, data: ArrayBufferView, bytes: number): void;
  read(engine: number, offset: number, data: ArrayBuffer, bytes: number): void;
}

/** Loads koffi, an optional dependency. */
export async function loadKoffi(): Promise<Koffi> {
  try {
    return await import("koffi");
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendError(
      `native: the package "koffi" could not be loaded (${why}); install it with "npm install koffi"`);
  }
}

/** Bytes that may be in use at once: nine tenths of what the process may have. Only touched pages take memory. */
function heapLimit(): number {
  const allowed = constrainedMemory?.() ?? 0;
  const total = totalmem();
  const usable = allowed > 0 && allowed < total ? allowed : total;
  return Math.floor((usable * 0.9) / 2 ** 20) * 2 ** 20;
}

/** One heap and its threads. */
export class Engine {
  readonly bytes: number;
  readonly #functions: Functions;
  readonly #files = new Map<string, number>();
  readonly #at: number;

  constructor(koffi: Koffi, driver: string, threads: number) {
    const functions = declare(koffi, driver);
    let bytes = heapLimit();
    let at = functions.create(bytes, threads);
    while (at === 0 && bytes > 2 ** 28) {
      bytes = Math.floor(bytes / 2);
      at = functions.create(bytes, threads);
    }
    if (at === 0) throw new BackendError(`native: the system refuses to reserve ${bytes} bytes of address space`);
    this.#functions = functions;
    this.#at = at;
    this.bytes = bytes;
  }

  /** Enters the functions of a file under their numbers. */
  load(path: string, symbols: Iterable<readonly [number: number, symbol: string]>): void {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = this.#functions.open(path);
      if (file === 0) throw cannotLoad(path, this.#functions.error());
      this.#files.set(path, file);
    }
    for (const [number, symbol] of symbols) {
      if (this.#functions.bind(this.#at, number, file, symbol) === 0) throw cannotLoad(path, `${symbol} is missing`);
    }
  }
  run(offset: number, parallel: boolean): void {
    this.#functions.run(this.#at, offset, parallel ? 1 : 0);
  }
  write(offset: number, data: ArrayBufferView): void {
    this.#functions.write(this.#at, offset, data, data.byteLength);
  }
  read(offset: number, bytes: number): ArrayBuffer {
    const data = new ArrayBuffer(bytes);
    if (bytes > 0) this.#functions.read(this.#at, offset, data, bytes);
    return data;
  }
  /** Ends the threads and returns the memory. */
  destroy(): void {
    this.#functions.destroy(this.#at);
  }
}

function declare(koffi: Koffi, path: string): Functions {
  let library: ReturnType<Koffi["load"]>;
  try {
    library = koffi.load(path);
  } catch (error) {
    throw cannotLoad(path, error instanceof Error ? error.message : String(error));
  }
  const find = <F>(name: string, result: string, parameters: string[]): F =>
    library.func(`gradus_${name}`, result, parameters) as unknown as F;
  return {
    create: find<Functions["create"]>("create", "int64_t", ["int64_t", "int32_t"]),
    destroy: find<Functions["destroy"]>("destroy", "void", ["int64_t"]),
    open: find<Functions["open"]>("open", "int64_t", ["str"]),
    error: find<Functions["error"]>("error", "str", []),
    bind: find<Functions["bind"]>("bind", "int32_t", ["int64_t", "int32_t", "int64_t", "str"]),
    run: find<Functions["run"]>("run", "void", ["int64_t", "int64_t", "int32_t"]),
    write: find<Functions["write"]>("write", "void", ["int64_t", "int64_t", "void *", "int64_t"]),
    read: find<Functions["read"]>("read", "void", ["int64_t", "int64_t", "void *", "int64_t"]),
  };
}

const cannotLoad = (path: string, why: string): BackendError => new BackendError(
  `native: ${path} could not be loaded (${why}); if its file system forbids executable files, set GRADUS_CACHE to ` +
  `a folder on another`);
