import { MemoryError } from "../vocab/errors.ts";
import type { Allocation } from "./backend.ts";

/** Alignment of every block: a cache line and an AVX-512 vector. */
const ALIGN = 64;
/** Bytes after each block that a vector load may touch. */
const SLACK = 64;

/** Free blocks of one size class, by exact size: training allocates the same sizes again and again. */
type Bin = number[];

/**
 * Hands out pieces of a flat address range: exact-size bins first, then the best fitting free range, then fresh space
 * at the end. `grow` makes the range at least so many bytes long, or throws.
 */
export class Heap {
  readonly #bins = new Map<number, Bin>();
  /** Free ranges not in bins, by start; neighbours are merged when space runs out. */
  #top: number;
  #live = 0;
  readonly #grow: (bytes: number) => boolean;
  readonly #limit: number;

  constructor(start: number, limit: number, grow: (bytes: number) => boolean) {
    this.#top = Math.ceil(start / ALIGN) * ALIGN;
    this.#limit = limit;
    this.#grow = grow;
  }
  /** Bytes handed out and not yet returned. */
  get live(): number {
    return this.#live;
  }
  /** Bytes up to the end of the used range. */
  get extent(): number {
    return this.#top;
  }

  allocate(bytes: number): Allocation {
    const size = Heap.size(bytes);
    const bin = this.#bins.get(size);
    if (bin !== undefined && bin.length > 0) {
      this.#live += size;
      return { offset: bin.pop()!, bytes };
    }
    const offset = this.#fit(size) ?? this.#extend(size) ?? this.#compactAndFit(size);
    if (offset === null) {
      throw new MemoryError(
        `out of memory: ${bytes} bytes do not fit, ${this.#live} of ${this.#limit} bytes are in use; ` +
        "free tensors of each step with scope(() => ...), use smaller batches or raise the memory limit");
    }
    this.#live += size;
    return { offset, bytes };
  }
  free(allocation: Allocation): void {
    const size = Heap.size(allocation.bytes);
    const bin = this.#bins.get(size);
    if (bin === undefined) this.#bins.set(size, [allocation.offset]);
    else bin.push(allocation.offset);
    this.#live -= size;
  }
  /** Block size for a request: rounded up so that near sizes share a bin. */
  static size(bytes: number): number {
    const n = bytes + SLACK;
    // Above 4 KiB, eight classes per power of two: at most 12 % is lost.
    const step = n <= 4096 ? ALIGN : Math.max(ALIGN, 2 ** (Math.floor(Math.log2(n)) - 3));
    return Math.ceil(n / step) * step;
  }

  /** A free block at most a quarter larger than asked: kept whole, so that bins stay few. */
  #fit(size: number): number | null {
    let best = Infinity;
    for (const [n, bin] of this.#bins) if (bin.length > 0 && n >= size && n < best && n <= size * 1.25) best = n;
    if (best === Infinity) return null;
    const offset = this.#bins.get(best)!.pop()!;
    // The remainder becomes a block of its own, so that sizes add up.
    if (best > size) this.#put(offset + size, best - size);
    return offset;
  }
  #put(offset: number, size: number): void {
    const bin = this.#bins.get(size);
    if (bin === undefined) this.#bins.set(size, [offset]);
    else bin.push(offset);
  }
  #extend(size: number): number | null {
    if (this.#top + size > this.#limit || !this.#grow(this.#top + size)) return null;
    const offset = this.#top;
    this.#top += size;
    return offset;
  }
  /** Merges neighbouring free blocks and takes the first that is large enough. */
  #compactAndFit(size: number): number | null {
    const free: { offset: number; size: number }[] = [];
    for (const [n, bin] of this.#bins) for (const offset of bin) free.push({ offset, size: n });
    free.sort((a, b) => a.offset - b.offset);
    this.#bins.clear();
    const merged: typeof free = [];
    for (const block of free) {
      const last = merged[merged.length - 1];
      if (last !== undefined && last.offset + last.size === block.offset) last.size += block.size;
      else merged.push({ ...block });
    }
    const tail = merged[merged.length - 1];
    if (tail !== undefined && tail.offset + tail.size === this.#top) {
      this.#top = tail.offset;
      merged.pop();
    }
    let found: number | null = null;
    for (const block of merged) {
      if (found === null && block.size >= size) {
        found = block.offset;
        if (block.size > size) this.#put(block.offset + size, block.size - size);
      } else this.#put(block.offset, block.size);
    }
    return found ?? this.#extend(size);
  }
}
