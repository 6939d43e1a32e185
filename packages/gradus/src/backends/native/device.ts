import type { Kernel } from "../../ir/kernel.ts";
import type { Allocation, KernelBackend, Target } from "../../runtime/backend.ts";
import { Heap } from "../../runtime/heap.ts";
import { putWord, type ProgramImage } from "../../runtime/program.ts";
import type { TypedArray } from "../../vocab/dtype.ts";
import { BackendError } from "../../vocab/errors.ts";
import type { CodeCache } from "./cache.ts";
import type { Compiler } from "./compile.ts";
import type { Engine } from "./engine.ts";
import { KernelLoader } from "./loader.ts";
import { fileOf, render } from "./render.ts";

/** Work that waits, in order, for the kernels of a program before it. */
type Pending =
  | { readonly kind: "program"; readonly image: ProgramImage; readonly patches: readonly number[] }
  | { readonly kind: "write"; readonly offset: number; readonly data: TypedArray }
  | {
    readonly kind: "read"; readonly offset: number; readonly bytes: number;
    readonly resolve: (data: ArrayBuffer) => void; readonly reject: (error: Error) => void;
  };

/** The first bytes stay unused, so that no block lies at offset 0. */
const FIRST = 64;
/** Readable bytes after the last block. */
const MARGIN = 4096;

/**
 * Runs programs of machine code on a heap outside JavaScript. Everything runs in the order it was asked for: at once
 * when its kernels are loaded, else in a queue behind the compiler. Freed memory may therefore be handed out again at
 * once: whatever writes it next stands behind the work that still reads it.
 */
export class NativeBackend implements KernelBackend {
  readonly name = "native";
  readonly kind = "kernel";
  readonly immediate = false;
  readonly target: Target;
  readonly #engine: Engine;
  readonly #loader: KernelLoader;
  readonly #heap: Heap;
  readonly #limit: number;
  /** One word on its way into an image. */
  readonly #word = new Int32Array(2);
  #queue: Pending[] = [];
  /** Why nothing runs any more. */
  #failure: Error | null = null;

  constructor(target: Target, engine: Engine, compiler: Compiler, cache: CodeCache) {
    this.target = target;
    this.#engine = engine;
    this.#limit = engine.bytes - MARGIN;
    this.#heap = new Heap(FIRST, this.#limit, () => true);
    this.#loader = new KernelLoader(compiler, cache, engine, (failure) => {
      if (failure !== null) this.#fail(failure);
      else this.#drain();
    });
  }

  /** Bytes handed out, and bytes up to the end of the used range. */
  get memory(): { readonly live: number; readonly extent: number } {
    return { live: this.#heap.live, extent: this.#heap.extent };
  }

  allocate(bytes: number): Allocation {
    this.#check();
    return this.#heap.allocate(bytes);
  }
  free(allocation: Allocation): void {
    this.#heap.free(allocation);
  }
  write(offset: number, data: TypedArray): void {
    this.#check(offset, data.byteLength);
    if (data.byteLength === 0) return;
    if (this.#queue.length > 0) this.#queue.push({ kind: "write", offset, data: data.slice() });
    else this.#engine.write(offset, data.buffer instanceof ArrayBuffer ? data : data.slice());
  }
  read(offset: number, bytes: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.#check(offset, bytes);
      if (this.#queue.length > 0) this.#queue.push({ kind: "read", offset, bytes, resolve, reject });
      else resolve(this.#engine.read(offset, bytes));
    });
  }
  readSync(offset: number, bytes: number): ArrayBuffer {
    this.#check(offset, bytes);
    if (this.#queue.length > 0) {
      try {
        this.#loader.require(this.#queue.flatMap((pending) => pending.kind === "program" ? pending.image.kernels : []));
      } catch (error) {
        this.#fail(error as Error);
        throw error;
      }
      this.#drain();
    }
    return this.#engine.read(offset, bytes);
  }
  prepare(kernels: readonly Kernel[]): number[] {
    this.#check();
    return kernels.map((kernel) => this.#loader.numberOf(kernel));
  }
  submit(image: ProgramImage, patches: readonly number[] = []): void {
    this.#check(image.offset, 8);
    if (this.#queue.length === 0 && this.#loader.ready(image.kernels)) this.#run(image, patches);
    else this.#queue.push({ kind: "program", image, patches });
  }
  async idle(): Promise<void> {
    // A read of nothing passes through the queue like any other.
    await this.read(FIRST, 0);
  }
  source(kernel: Kernel): string {
    return fileOf([render(kernel)]);
  }
  dispose(): void {
    if (this.#failure === DISPOSED) return;
    this.#fail(DISPOSED);
    this.#loader.close();
    this.#engine.destroy();
  }

  #check(offset: number = FIRST, bytes = 0): void {
    if (this.#failure !== null) throw this.#failure;
    if (!(offset >= FIRST && offset + bytes <= this.#limit)) {
      throw new BackendError(`native: ${bytes} bytes at ${offset} lie outside the heap of ${this.#limit} bytes`);
    }
  }
  #run(image: ProgramImage, patches: readonly number[]): void {
    for (let i = 0; i < patches.length; i += 2) {
      putWord(this.#word, 0, patches[i + 1]);
      this.#engine.write(patches[i], this.#word);
    }
    this.#engine.run(image.offset, image.parallel);
  }
  /** Runs what can run, in order. */
  #drain(): void {
    const queue = this.#queue;
    let done = 0;
    for (; done < queue.length; done++) {
      const next = queue[done];
      if (next.kind === "program") {
        if (!this.#loader.ready(next.image.kernels)) break;
        this.#run(next.image, next.patches);
      } else if (next.kind === "write") this.#engine.write(next.offset, next.data);
      else next.resolve(this.#engine.read(next.offset, next.bytes));
    }
    this.#queue = queue.slice(done);
  }
  /** Gives up: every read that waits, and every call from now on, gets the reason. */
  #fail(failure: Error): void {
    this.#failure = failure;
    const waiting = this.#queue;
    this.#queue = [];
    for (const pending of waiting) if (pending.kind === "read") pending.reject(failure);
  }
}

const DISPOSED = new BackendError("native: the backend was disposed of");
