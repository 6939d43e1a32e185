import { bytesOf } from "../vocab/dtype.ts";
import { MemoryError, UsageError } from "../vocab/errors.ts";
import { contiguousStrides, formatShape, sizeOf } from "../vocab/shape.ts";
import type { Aval, Node, Storage } from "../ir/node.ts";
import type { Allocation, Backend, GraphBackend, GraphValue, KernelBackend } from "./backend.ts";

/** A piece of memory that several tensors may look at; freed when the last of them goes. */
export class Block {
  readonly backend: Backend;
  readonly bytes: number;
  /** What made it, for the memory report. */
  readonly origin: string;
  /** Heap memory (kernel backends) or a value (graph backends). */
  readonly allocation: Allocation | null;
  readonly value: GraphValue | null;
  #holders = 0;

  constructor(
    backend: Backend, bytes: number, origin: string, allocation: Allocation | null, value: GraphValue | null,
  ) {
    this.backend = backend;
    this.bytes = bytes;
    this.origin = origin;
    this.allocation = allocation;
    this.value = value;
    live.add(this);
    liveBytes += bytes;
    allocatedSinceYield += Math.max(bytes, BLOCK_COST);
  }
  /** Number of tensors that look at it. */
  get holders(): number {
    return this.#holders;
  }
  hold(): void {
    this.#holders++;
  }
  release(): void {
    if (--this.#holders > 0) return;
    live.delete(this);
    liveBytes -= this.bytes;
    if (this.allocation !== null) (this.backend as KernelBackend).free(this.allocation);
  }
}

/** How a tensor looks at a block: a start and a stride per axis, in elements. */
export class View implements Storage {
  readonly kind = "storage";
  readonly block: Block;
  readonly offset: number;
  readonly strides: readonly number[];
  /** Set by `release`: reading is an error from then on. */
  released = false;

  constructor(block: Block, offset: number, strides: readonly number[]) {
    this.block = block;
    this.offset = offset;
    this.strides = strides;
    block.hold();
  }
  release(): void {
    if (this.released) return;
    this.released = true;
    this.block.release();
  }
}
/** The results of an operation with several outputs. */
export class Several implements Storage {
  readonly kind = "storage";
  readonly parts: readonly View[];
  constructor(parts: readonly View[]) {
    this.parts = parts;
  }
  release(): void {
    for (const part of this.parts) part.release();
  }
}

const live = new Set<Block>();
let liveBytes = 0;
let allocatedSinceYield = 0;

/** The net under everything: a tensor that nobody can reach any more lets go of its memory. */
const collected = new FinalizationRegistry<View | Several>((storage) => storage.release());

const scopes: Set<Node>[] = [];

/** Gives a node its numbers and notes it for the innermost scope. */
export function attach(node: Node, storage: View | Several): Node {
  node.storage = storage;
  collected.register(node, storage, storage);
  scopes[scopes.length - 1]?.add(node);
  return node;
}
/** Lets go of a node's memory now. */
export function detachStorage(node: Node): void {
  const storage = node.storage as View | Several | null;
  if (storage === null) return;
  collected.unregister(storage);
  storage.release();
}
/** Puts other numbers into a node that is State. */
export function replaceStorage(node: Node, storage: View): void {
  detachStorage(node);
  node.storage = storage;
  collected.register(node, storage, storage);
}
/** Takes a node out of the scopes that are open: it outlives them. */
export function keepAlive(node: Node): Node {
  for (const scope of scopes) scope.delete(node);
  return node;
}
/** Gives a node back to the innermost scope: nobody keeps it any longer (a gradient that was dropped or replaced). */
export function leaveToScope(node: Node): void {
  if (node.storage !== null) scopes[scopes.length - 1]?.add(node);
}
/** Runs a synchronous body; afterwards frees every tensor made in it but those that `kept` names. */
export function runScope<T>(body: () => T, kept: (result: T) => Iterable<Node>): T {
  const made = new Set<Node>();
  scopes.push(made);
  let survivors = new Set<Node>();
  try {
    const result = body();
    if (result instanceof Promise) {
      // Nobody will wait for it: its own failure is not to end the process.
      result.catch(() => undefined);
      throw new UsageError("scope takes a synchronous function; read results with await after it returns");
    }
    survivors = new Set(kept(result));
    return result;
  } finally {
    scopes.pop();
    for (const node of made) {
      if (survivors.has(node)) scopes[scopes.length - 1]?.add(node);
      else detachStorage(node);
    }
  }
}

/** The numbers of a node, or an error that says how to get them. */
export function viewOf(node: Node): View {
  const storage = node.storage;
  if (storage instanceof View) {
    if (storage.released) {
      throw new UsageError("this tensor's memory was freed: it was made inside a scope() that has ended, or disposed " +
        "of; return it from the scope to keep it");
    }
    return storage;
  }
  throw new UsageError("this value is being traced by compile() and has no numbers yet; " +
    "return it from the compiled function, or use tap(name, value)");
}

/** Memory for a dense tensor on a backend. */
export function allocateDense(backend: KernelBackend, aval: Aval, origin: string): View {
  const bytes = Math.max(1, sizeOf(aval.shape)) * bytesOf(aval.dtype);
  const block = new Block(backend, bytes, origin, allocateFor(backend, bytes, aval, origin), null);
  return new View(block, 0, contiguousStrides(aval.shape));
}
/** The backend knows bytes only; here it is known what they are for. */
function allocateFor(backend: KernelBackend, bytes: number, { shape, dtype }: Aval, origin: string): Allocation {
  try {
    return backend.allocate(bytes);
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    throw new MemoryError(`${origin} of shape ${formatShape(shape)} ${dtype} needs ${bytes} bytes; ${error.message}`);
  }
}
/** A graph backend's value as storage. */
export function wrapValue(backend: GraphBackend, value: GraphValue, origin: string): View {
  const bytes = sizeOf(value.aval.shape) * bytesOf(value.aval.dtype);
  return new View(new Block(backend, bytes, origin, null, value), 0, contiguousStrides(value.aval.shape));
}

export interface MemoryReport {
  /** Bytes held by tensors. */
  readonly bytes: number;
  readonly tensors: number;
  /** What is held, by the operation that made it, largest first. */
  readonly byOrigin: readonly { readonly origin: string; readonly count: number; readonly bytes: number }[];
}
/** What tensors hold now. */
export function memoryReport(): MemoryReport {
  const byOrigin = new Map<string, { count: number; bytes: number }>();
  for (const block of live) {
    const entry = byOrigin.get(block.origin) ?? { count: 0, bytes: 0 };
    byOrigin.set(block.origin, { count: entry.count + 1, bytes: entry.bytes + block.bytes });
  }
  return {
    bytes: liveBytes, tensors: live.size,
    byOrigin: [...byOrigin].map(([origin, entry]) => ({ origin, ...entry })).sort((a, b) => b.bytes - a.bytes),
  };
}

/** What a small block counts at least: its objects in JavaScript weigh more than its numbers. */
const BLOCK_COST = 2048;
/** Bytes allocated between two chances for the garbage collector's finalisers to run. */
const YIELD_AFTER = 64 * 2 ** 20;
/** Lets finalisers run if much was allocated since the last time: they cannot run within a job or between promises. */
export async function yieldIfNeeded(): Promise<void> {
  if (allocatedSinceYield < YIELD_AFTER) return;
  // The collector does not see a backend's memory: an empty buffer of the same size tells it how much is at stake.
  void new ArrayBuffer(Math.min(allocatedSinceYield, 2 ** 30));
  allocatedSinceYield = 0;
  await new Promise<void>((resolve) => macrotask(resolve));
}
type Timers = { setImmediate?: (callback: () => void) => void; setTimeout: (callback: () => void, ms: number) => void };
const macrotask = (callback: () => void): void => {
  const timers = globalThis as unknown as Timers;
  if (timers.setImmediate !== undefined) timers.setImmediate(callback);
  else timers.setTimeout(callback, 0);
};
