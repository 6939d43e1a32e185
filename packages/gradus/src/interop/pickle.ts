import { DataError } from "../vocab/errors.ts";

/** A name of something in Python: a class or a function. Nothing is ever done with it but comparing. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
export class PickleList {
  readonly items: PickleValue[] = [];
}
export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}
/** A dict: keys and values in order; keys may be any value. */
export class PickleDict {
  readonly entries: [key: PickleValue, value: PickleValue][] = [];
  /** A class that is a dict may carry attributes, which nobody here needs. */
  readonly takesAttributes: boolean;
  constructor(takesAttributes: boolean) {
    this.takesAttributes = takesAttributes;
  }
}
/** Something that the policy made: a description, such as that of a tensor. */
export interface PickleDescription {
  readonly kind: string;
}
export type PickleValue =
  | null | boolean | number | bigint | string
  | PickleList | PickleTuple | PickleDict | PickleGlobal | PickleDescription;

/** What a pickle may name, and what is made of it. */
export interface PicklePolicy {
  /** Names that may stand as values, such as classes of storages. */
  readonly names: ReadonlySet<string>;
  /** Names that may be called, and what stands for the result. */
  readonly calls: ReadonlyMap<string, (args: readonly PickleValue[]) => PickleValue>;
  /** What stands for an object that is kept elsewhere. */
  persistent(id: PickleValue): PickleValue;
}

const MARK = Symbol("mark");
type Entry = PickleValue | typeof MARK;
const MAX_STACK = 1_000_000;

/**
 * Reads a pickle (protocols 2 and 3, the opcodes that PyTorch writes) as a description, and calls nothing: a name may
 * only be one that the policy lists, and a call is one of the policy's functions, which build descriptions. Every other
 * opcode or name is refused with a DataError that says which.
 * Source: Python's pickletools.py; the opcodes are those of torch/_weights_only_unpickler.py.
 */
export function unpickle(bytes: Uint8Array, policy: PicklePolicy, name = "pickle"): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: Entry[] = [], memo = new Map<number, PickleValue>();
  let at = 0;
  const fail = (what: string): never => { throw new DataError(`${name}: ${what}; the file is refused`); };
  const take = (count: number): number => {
    if (count < 0 || at + count > bytes.length) fail("its pickle is cut off");
    at += count;
    return at - count;
  };
  const byte = (): number => bytes[take(1)];
  const u32 = (): number => view.getUint32(take(4), true);
  const text = (count: number): string => {
    const start = take(count);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(start, at));
    } catch {
      return fail("a text in its pickle is not UTF-8");
    }
  };
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0 || end - at > 1000) return fail("a name in its pickle does not end");
    const value = text(end - at);
    at++;
    return value;
  };
  const push = (value: Entry): void => {
    if (stack.push(value) > MAX_STACK) fail("its pickle stacks too many values");
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    return value === undefined || value === MARK ? fail("its pickle takes a value that is not there") : value;
  };
  const top = (): PickleValue => {
    const value = stack[stack.length - 1] as Entry | undefined;
    return value === undefined || value === MARK ? fail("its pickle takes a value that is not there") : value;
  };
  const popMark = (): PickleValue[] => {
    const start = stack.lastIndexOf(MARK);
    if (start < 0) return fail("its pickle takes a mark that is not there");
    return stack.splice(start).slice(1) as PickleValue[];
  };
  const append = (values: readonly PickleValue[]): void => {
    const list = top();
    if (!(list instanceof PickleList)) return fail("its pickle appends to what is no list");
    for (const value of values) list.items.push(value);
  };
  const setItems = (values: readonly PickleValue[]): void => {
    const dict = top();
    if (!(dict instanceof PickleDict) || values.length % 2 !== 0) {
      return fail("its pickle sets items of what is no dict");
    }
    for (let i = 0; i < values.length; i += 2) dict.entries.push([values[i], values[i + 1]]);
  };
  const pushGlobal = (): void => {
    const module = line(), global = `${module}.${line()}`;
    if (!policy.names.has(global) && !policy.calls.has(global)) {
      fail(`it names ${JSON.stringify(global.slice(0, 120))}, which is not among what a file of tensors may name`);
    }
    push(new PickleGlobal(global));
  };
  const reduce = (): void => {
    const args = pop(), callee = pop();
    const call = callee instanceof PickleGlobal ? policy.calls.get(callee.name) : undefined;
    if (call === undefined || !(args instanceof PickleTuple)) {
      return fail(`it calls ${callee instanceof PickleGlobal ? callee.name : "a value"}, which may not be called`);
    }
    push(call(args.items));
  };
  const build = (): void => {
    pop();
    const object = top();
    if (!(object instanceof PickleDict) || !object.takesAttributes) fail("it gives attributes to a plain value");
  };
  const recall = (index: number): void => {
    const value = memo.get(index);
    push(value === undefined ? fail("its pickle recalls what was not kept") : value);
  };
  const tuple = (count: number): void => {
    const items = Array.from({ length: count }, pop);
    push(new PickleTuple(items.reverse()));
  };
  const integer = (count: number): void => {
    const start = take(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[start + i]);
    value = BigInt.asIntN(8 * count, value);
    push(value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);
  };

  const OPCODES: Readonly<Record<number, () => void>> = {
    0x80: () => { if (![2, 3].includes(byte())) fail("its pickle has a protocol other than 2 and 3"); },
    0x28: () => push(MARK),
    0x29: () => push(new PickleTuple([])),
    0x4a: () => push(view.getInt32(take(4), true)),
    0x4b: () => push(byte()),
    0x4d: () => push(view.getUint16(take(2), true)),
    0x47: () => push(view.getFloat64(take(8), false)),
    0x4e: () => push(null),
    0x51: () => push(policy.persistent(pop())),
    0x52: reduce,
    0x55: () => push(text(byte())),
    0x58: () => push(text(u32())),
    0x5d: () => push(new PickleList()),
    0x61: () => { const value = pop(); append([value]); },
    0x62: build,
    0x63: pushGlobal,
    0x65: () => append(popMark()),
    0x68: () => recall(byte()),
    0x6a: () => recall(u32()),
    0x71: () => { memo.set(byte(), top()); },
    0x72: () => { memo.set(u32(), top()); },
    0x73: () => { const value = pop(), key = pop(); setItems([key, value]); },
    0x74: () => push(new PickleTuple(popMark())),
    0x75: () => setItems(popMark()),
    0x7d: () => push(new PickleDict(false)),
    0x85: () => tuple(1),
    0x86: () => tuple(2),
    0x87: () => tuple(3),
    0x88: () => push(true),
    0x89: () => push(false),
    0x8a: () => integer(byte()),
  };
  for (;;) {
    const opcode = byte();
    if (opcode === 0x2e) {
      const value = pop();
      return stack.length === 0 ? value : fail("its pickle leaves more than one value");
    }
    const run = OPCODES[opcode] as (() => void) | undefined;
    if (run === undefined) return fail(`its pickle has the opcode 0x${opcode.toString(16)}, which is not read`);
    run();
  }
}
