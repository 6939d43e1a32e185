/**
 * A text that was changed, and where each of its UTF-16 units comes from: unit i stands for the original's units
 * starts[i] .. ends[i] - 1. Without changes only the place of its first unit is kept.
 */
export class Aligned {
  readonly text: string;
  readonly #base: number;
  readonly #starts: Int32Array | null;
  readonly #ends: Int32Array | null;

  constructor(text: string, base = 0, starts: Int32Array | null = null, ends: Int32Array | null = null) {
    this.text = text;
    this.#base = base;
    this.#starts = starts;
    this.#ends = ends;
  }
  /** Where units start .. end - 1 come from; for an empty range, the place before which it lies. */
  range(start: number, end: number): [start: number, end: number] {
    if (this.#starts === null || this.#ends === null) return [this.#base + start, this.#base + end];
    if (this.text === "") return [this.#base, this.#base];
    if (start === end) {
      const at = start < this.text.length ? this.#starts[start] : this.#ends[start - 1];
      return [at, at];
    }
    return [this.#starts[start], this.#ends[end - 1]];
  }
  slice(start: number, end: number): Aligned {
    return start === 0 && end === this.text.length ? this
      : new Aligned(this.text.slice(start, end), this.range(start, start)[0],
        this.#starts?.subarray(start, end) ?? null, this.#ends?.subarray(start, end) ?? null);
  }
  /** Every match of a global pattern as the text that `change` makes of it; what is new stands for the whole match. */
  replace(pattern: RegExp, change: (match: string) => string): Aligned {
    return this.#rewrite(this.text.matchAll(pattern), change);
  }
  /** The same for parts that make up the whole text. */
  replaceParts(parts: readonly string[], change: (part: string) => string): Aligned {
    let index = 0;
    return this.#rewrite(parts.map((part) => {
      index += part.length;
      return { 0: part, index: index - part.length };
    }), change);
  }
  #rewrite(found: Iterable<{ readonly 0: string; readonly index: number }>, change: (text: string) => string): Aligned {
    let out: Writer | null = null, done = 0;
    for (const { 0: match, index } of found) {
      const made = change(match);
      if (made === match) continue;
      out ??= new Writer(this);
      out.copy(done, index);
      out.write(made, index, index + match.length);
      done = index + match.length;
    }
    if (out === null) return this;
    out.copy(done, this.text.length);
    return out.finish();
  }
  /** The same behind a text that stands for what the first character stands for. */
  prepend(text: string): Aligned {
    if (this.text === "") return this;
    const out = new Writer(this);
    out.write(text, 0, this.text.codePointAt(0)! > 0xffff ? 2 : 1);
    out.copy(0, this.text.length);
    return out.finish();
  }
}

/** Collects a changed text piece by piece. */
class Writer {
  readonly #from: Aligned;
  readonly #pieces: string[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(from: Aligned) {
    this.#from = from;
  }
  copy(start: number, end: number): void {
    this.#pieces.push(this.#from.text.slice(start, end));
    for (let i = start; i < end; i++) this.#place(i, i + 1);
  }
  write(text: string, start: number, end: number): void {
    this.#pieces.push(text);
    for (let i = 0; i < text.length; i++) this.#place(start, end);
  }
  #place(start: number, end: number): void {
    const [from, to] = this.#from.range(start, end);
    this.#starts.push(from);
    this.#ends.push(to);
  }
  finish(): Aligned {
    return new Aligned(this.#pieces.join(""), this.#from.range(0, 0)[0], Int32Array.from(this.#starts),
      Int32Array.from(this.#ends));
  }
}
