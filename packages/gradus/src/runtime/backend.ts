import type { TypedArray } from "../vocab/dtype.ts";
import type { Aval, Graph, Node } from "../ir/node.ts";
import type { Kernel } from "../ir/kernel.ts";
import type { ProgramImage } from "./program.ts";

/** What lowering may know of a machine; nothing else of a backend shows. */
export interface Target {
  readonly name: string;
  /** f32 lanes of a vector register: 4 in WebAssembly, 16 with AVX-512. */
  readonly lanes: number;
  /** f64 lanes; 1 where doubles stay scalar. */
  readonly lanesF64: number;
  /** Vector registers that a kernel may fill. */
  readonly registers: number;
  /** Whether its compiler moves the loads of a step before its multiply-adds: all of them want registers at once. */
  readonly loadsFirst: boolean;
  readonly fusedMultiplyAdd: boolean;
  /** Bytes of the first and second cache of one core. */
  readonly cache: readonly [number, number];
  readonly threads: number;
  /** Estimated work (multiply-adds or moved elements) below which a phase stays on the calling thread. */
  readonly serialWork: number;
}

/** A piece of a backend's memory. */
export interface Allocation {
  /** Byte offset from the start of the heap; a multiple of 64, followed by at least 64 readable bytes. */
  readonly offset: number;
  readonly bytes: number;
}

interface BackendBase {
  readonly name: string;
  /** Frees threads and memory; the backend is unusable afterwards. */
  dispose(): void;
}

/** Runs kernels over one flat heap: WebAssembly, native code. */
export interface KernelBackend extends BackendBase {
  readonly kind: "kernel";
  /** True when submitted work has run when `submit` returns. */
  readonly immediate: boolean;
  readonly target: Target;
  allocate(bytes: number): Allocation;
  /** The memory may be used again by later work; work already submitted still finds its contents. */
  free(allocation: Allocation): void;
  /** Copies into memory, after the work submitted so far. */
  write(offset: number, data: TypedArray): void;
  /** Copies out, after the work submitted so far. */
  read(offset: number, bytes: number): Promise<ArrayBuffer>;
  readSync(offset: number, bytes: number): ArrayBuffer;
  /** Numbers for kernels, equal for equal keys; compilation may go on in the background. */
  prepare(kernels: readonly Kernel[]): number[];
  /**
   * Runs a program, or queues it behind kernels still being compiled. `patches` are pairs (byte offset of a word,
   * value) written into the image right before it runs: where this call's operands lie.
   */
  submit(image: ProgramImage, patches?: readonly number[]): void;
  /** Resolves when all submitted work has run. */
  idle(): Promise<void>;
  /** Printed source of a kernel, for `explain`. */
  source(kernel: Kernel): string;
}

/** Evaluates operations directly: the reference, and the reference behind a queue. */
export interface GraphBackend extends BackendBase {
  readonly kind: "graph";
  /** True when results are there as soon as `evaluate` returns. */
  readonly synchronous: boolean;
  upload(data: TypedArray, aval: Aval): GraphValue;
  /** Runs one operation; `inputs` are values of the node's inputs. One value per output. */
  evaluate(node: Node, inputs: readonly GraphValue[]): readonly GraphValue[];
  read(value: GraphValue): Promise<TypedArray>;
  readSync(value: GraphValue): TypedArray;
  idle(): Promise<void>;
}
/** A value that a graph backend made: opaque, dense and row-major when read. */
export interface GraphValue {
  readonly aval: Aval;
}

export type Backend = KernelBackend | GraphBackend;
export type { Graph };
