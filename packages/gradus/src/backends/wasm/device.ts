import { hardwareThreads, mayShare, mayWait, startThread, type Thread } from "#threads";
import type { Kernel } from "../../ir/kernel.ts";
import type { Allocation, KernelBackend, Target } from "../../runtime/backend.ts";
import { Heap } from "../../runtime/heap.ts";
import type { ProgramImage } from "../../runtime/program.ts";
import type { TypedArray } from "../../vocab/dtype.ts";
import { BackendError, MemoryError, UsageError } from "../../vocab/errors.ts";
import { FOLDED_OFFSETS } from "./address.ts";
import { CONTROL_WORDS, createDriver, type Driver, type DriverSetup } from "./driver.ts";
import { LANES } from "./frame.ts";
import { canFuse } from "./relaxed.ts";
import { renderModule, renderText } from "./render.ts";

export interface WasmOptions {
  /** Threads, the calling one included. Default: what the machine has, at most 8. */
  readonly threads?: number;
  /** Round a*b + c once. Default: where the engine and the processor do. Runs with and without give different bits. */
  readonly fusedMultiplyAdd?: boolean;
  /** Bytes of memory, at most. Default: what the engine grants, up to 4 GiB. */
  readonly memoryLimit?: number;
}

const PAGE = 65536;
/** 4, 2 and 1 GiB. */
const MAXIMA = [65536, 32768, 16384];
/** Memory grows by at least so many pages: pages cost nothing until they are touched. */
const GROWTH = 512;
const DEFAULT_THREADS = 8, MOST_THREADS = 256;

/** Runs kernels as WebAssembly, on the calling thread and its helpers. All methods are synchronous. */
export class WasmBackend implements KernelBackend {
  readonly name = "wasm";
  readonly kind = "kernel";
  readonly immediate = true;
  readonly target: Target;
  readonly #memory: WebAssembly.Memory;
  readonly #shared: boolean;
  readonly #heap: Heap;
  readonly #driver: Driver;
  readonly #threads: readonly Thread[];
  readonly #kernels: Kernel[] = [];
  readonly #numbers = new Map<string, number>();
  #disposed = false;

  constructor(options: WasmOptions = {}) {
    const fused = options.fusedMultiplyAdd ?? canFuse();
    if (fused && !canFuse()) {
      throw new BackendError("this engine does not fuse a multiplication with an addition; leave fusedMultiplyAdd out");
    }
    const wanted = options.threads ?? Math.max(1, Math.min(DEFAULT_THREADS, hardwareThreads()));
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST_THREADS) {
      throw new UsageError(`wasm: threads is ${wanted}; give a whole number from 1 to ${MOST_THREADS}`);
    }
    const { memory, maximum, shared } = makeMemory(wanted > 1 && mayShare());
    const threads = shared ? wanted : 1;
    this.#memory = memory;
    this.#shared = shared;
    // The last page stays unused, so that no address wraps.
    const limit = Math.min(options.memoryLimit ?? Infinity, (maximum - 1) * PAGE);
    this.#heap = new Heap(FOLDED_OFFSETS, limit, bytes => this.#grow(bytes));
    this.target = {
      name: "wasm", lanes: LANES, lanesF64: 1, registers: 15, loadsFirst: true,
      fusedMultiplyAdd: fused, cache: [32768, 1 << 20],
      threads, serialWork: 400_000,
    };
    const helpers = threads - 1;
    const words = 4 * (CONTROL_WORDS + helpers);
    const control = new Int32Array(shared ? new SharedArrayBuffer(words) : new ArrayBuffer(words));
    const setup: DriverSetup = { memory, control, helpers, helper: -1, mayWait: helpers > 0 && mayWait() };
    const driver = createDriver(setup);
    const program = `setup => (${createDriver.toString()})(setup).serve()`;
    this.#driver = driver;
    this.#threads = Array.from({ length: helpers }, (_, helper) =>
      startThread(program, { ...setup, helper, mayWait: true }, () => driver.lose(helper)));
  }

  /** Helper threads that are up. */
  get helpers(): number {
    return this.#driver.ready();
  }
  /** Threads that ran the last program. */
  get parties(): number {
    return this.#driver.parties();
  }
  /** Bytes handed out, and bytes up to the end of the used range. */
  get memory(): { readonly live: number; readonly extent: number } {
    return { live: this.#heap.live, extent: this.#heap.extent };
  }

  allocate(bytes: number): Allocation {
    this.#alive();
    return this.#heap.allocate(bytes);
  }
  free(allocation: Allocation): void {
    this.#heap.free(allocation);
  }
  write(offset: number, data: TypedArray): void {
    this.#alive();
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(this.#memory.buffer, offset, bytes.length).set(bytes);
  }
  read(offset: number, bytes: number): Promise<ArrayBuffer> {
    return Promise.resolve(this.readSync(offset, bytes));
  }
  readSync(offset: number, bytes: number): ArrayBuffer {
    this.#alive();
    const copy = new Uint8Array(bytes);
    copy.set(new Uint8Array(this.#memory.buffer, offset, bytes));
    return copy.buffer;
  }

  prepare(kernels: readonly Kernel[]): number[] {
    this.#alive();
    const fresh = new Map<string, Kernel>();
    for (const kernel of kernels) if (!this.#numbers.has(kernel.key)) fresh.set(kernel.key, kernel);
    if (fresh.size > 0) this.#compile([...fresh.values()]);
    return kernels.map(kernel => this.#numbers.get(kernel.key)!);
  }
  submit(image: ProgramImage, patches: readonly number[] = []): void {
    this.#alive();
    const failed = this.#driver.run(image.offset, image.parallel, patches);
    if (failed === 0) return;
    const kernel = this.#kernels[failed - 1];
    const cause = this.#driver.takeError();
    const what = cause instanceof Error ? cause.message : "a helper thread stopped";
    throw new BackendError(`wasm: ${kernel === undefined ? "the program" : `kernel ${kernel.name}`} failed: ${what}`);
  }
  idle(): Promise<void> {
    return Promise.resolve();
  }
  source(kernel: Kernel): string {
    return renderText(kernel, this.target.fusedMultiplyAdd);
  }
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#driver.close();
    for (const thread of this.#threads) thread.end();
  }

  /** One module for all new kernels; a block in memory carries it to the helpers and stays. */
  #compile(kernels: readonly Kernel[]): void {
    const module = renderModule(kernels, { fused: this.target.fusedMultiplyAdd, shared: this.#shared });
    const block = this.#heap.allocate(8 + module.length);
    this.write(block.offset, Int32Array.of(0, module.length));
    this.write(block.offset + 8, module);
    this.#driver.publish(block.offset);
    for (const kernel of kernels) {
      this.#numbers.set(kernel.key, this.#kernels.length);
      this.#kernels.push(kernel);
    }
  }
  #grow(bytes: number): boolean {
    const pages = Math.ceil(bytes / PAGE) + 1;
    const have = this.#memory.buffer.byteLength / PAGE;
    if (pages <= have) return true;
    for (const more of [Math.max(pages - have, GROWTH, have >> 2), pages - have]) {
      try {
        this.#memory.grow(more);
        return true;
      } catch {
        // Not so much; the next attempt asks for what is needed only.
      }
    }
    return false;
  }
  #alive(): void {
    if (this.#disposed) throw new UsageError("the wasm backend was disposed; create another one");
  }
}

/** Memory with the largest maximum that the engine reserves. */
function makeMemory(shared: boolean): { memory: WebAssembly.Memory; maximum: number; shared: boolean } {
  for (const maximum of MAXIMA) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 2, maximum, shared }), maximum, shared };
    } catch {
      // Not so much; try less.
    }
  }
  if (shared) return makeMemory(false);
  throw new MemoryError("this machine does not grant WebAssembly 1 GiB of address space; close other programs or tabs");
}
