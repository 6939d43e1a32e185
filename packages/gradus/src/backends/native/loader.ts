import { availableParallelism } from "node:os";
import type { Kernel } from "../../ir/kernel.ts";
import type { CodeCache } from "./cache.ts";
import { compile, compileSync, type Compiler } from "./compile.ts";
import type { Engine } from "./engine.ts";
import { fileOf, render, type RenderedKernel } from "./render.ts";

/** Fewer kernels than this are not worth a compiler of their own. */
const SPLIT = 4;
/** Compilers that work side by side, and parts for each: how long a kernel takes shows only when it is done. */
const COMPILERS = Math.max(1, Math.min(4, availableParallelism())), PARTS = 3;

interface Entry {
  readonly number: number;
  readonly rendered: RenderedKernel;
  state: "waiting" | "compiling" | "loaded";
}

/**
 * Turns kernels into numbers at once and into machine code in the background: one batch at a time, and everything
 * asked for meanwhile is the next batch.
 */
export class KernelLoader {
  readonly #compiler: Compiler;
  readonly #cache: CodeCache;
  readonly #engine: Engine;
  readonly #byKey = new Map<string, number>();
  readonly #bySymbol = new Map<string, Entry>();
  readonly #entries: Entry[] = [];
  #missing = 0;
  #busy = false;
  #closed = false;
  /** Called when kernels have been loaded, or could not be. */
  readonly #changed: (failure: Error | null) => void;

  constructor(compiler: Compiler, cache: CodeCache, engine: Engine, changed: (failure: Error | null) => void) {
    this.#compiler = compiler;
    this.#cache = cache;
    this.#engine = engine;
    this.#changed = changed;
  }

  numberOf(kernel: Kernel): number {
    const known = this.#byKey.get(kernel.key);
    if (known !== undefined) return known;
    const rendered = render(kernel);
    let entry = this.#bySymbol.get(rendered.symbol);
    if (entry === undefined) {
      entry = { number: this.#entries.length, rendered, state: "waiting" };
      this.#entries.push(entry);
      this.#bySymbol.set(rendered.symbol, entry);
      this.#missing++;
      const path = this.#cache.find(rendered.symbol);
      if (path !== null) this.#load(path, [entry]);
      else this.#schedule();
    }
    this.#byKey.set(kernel.key, entry.number);
    return entry.number;
  }
  /** True when all these kernels can run. */
  ready(numbers: readonly number[]): boolean {
    if (this.#missing === 0) return true;
    for (const number of numbers) if (this.#entries[number].state !== "loaded") return false;
    return true;
  }
  /** Compiles what is missing of these kernels, waiting. */
  require(numbers: Iterable<number>): void {
    const needed = new Set<Entry>();
    for (const number of numbers) if (this.#entries[number].state !== "loaded") needed.add(this.#entries[number]);
    if (needed.size === 0) return;
    const entries = [...needed];
    const temporary = this.#cache.temporary();
    compileSync(this.#compiler, fileOf(entries.map((entry) => entry.rendered)), temporary, this.#cache.folder);
    this.#load(this.#cache.store(temporary, entries.map((entry) => entry.rendered.symbol)), entries);
  }
  close(): void {
    this.#closed = true;
  }

  #load(path: string, entries: readonly Entry[]): void {
    const fresh = entries.filter((entry) => entry.state !== "loaded");
    this.#engine.load(path, fresh.map((entry) => [entry.number, entry.rendered.symbol]));
    for (const entry of fresh) entry.state = "loaded";
    this.#missing -= fresh.length;
  }
  /** Starts a batch when the running job ends, so that everything it asks for is in it. */
  #schedule(): void {
    if (this.#busy) return;
    this.#busy = true;
    queueMicrotask(() => void this.#batches());
  }
  async #batches(): Promise<void> {
    for (;;) {
      const batch = this.#entries.filter((entry) => entry.state === "waiting");
      if (batch.length === 0 || this.#closed) break;
      for (const entry of batch) entry.state = "compiling";
      let failure: Error | null = null;
      try {
        const parts = divide(batch);
        await Promise.all(Array.from({ length: COMPILERS }, async () => {
          for (let part = parts.shift(); part !== undefined; part = parts.shift()) await this.#compile(part);
        }));
      } catch (error) {
        failure = error as Error;
      }
      if (this.#closed) break;
      this.#changed(failure);
      if (failure !== null) break;
    }
    this.#busy = false;
  }
  async #compile(entries: readonly Entry[]): Promise<void> {
    const temporary = this.#cache.temporary();
    await compile(this.#compiler, fileOf(entries.map((entry) => entry.rendered)), temporary, this.#cache.folder);
    const path = this.#cache.store(temporary, entries.map((entry) => entry.rendered.symbol));
    if (!this.#closed) this.#load(path, entries);
  }
}

/** Parts of about equal text for the compilers to take one after another. */
function divide(batch: readonly Entry[]): Entry[][] {
  const n = Math.max(1, Math.min(COMPILERS * PARTS, Math.floor(batch.length / SPLIT)));
  const parts = Array.from({ length: n }, () => ({ entries: [] as Entry[], size: 0 }));
  const bySize = [...batch].sort((a, b) => b.rendered.text.length - a.rendered.text.length);
  for (const entry of bySize) {
    const least = parts.reduce((a, b) => (b.size < a.size ? b : a));
    least.entries.push(entry);
    least.size += entry.rendered.text.length;
  }
  return parts.map((part) => part.entries);
}
