import { DataError, DTypeError } from "../vocab/errors.ts";
import { formatShape, sizeOf } from "../vocab/shape.ts";
import { openZip, type ZipEntry } from "../data/formats/zip.ts";
import {
  PickleDict, PickleGlobal, PickleList, PickleTuple, unpickle, type PickleDescription, type PicklePolicy,
  type PickleValue,
} from "./pickle.ts";
import { bytesOfTensor, type SafeDType, type SafeTensor } from "./safetensors.ts";
import { rowMajor, swapBytes } from "./strided.ts";

/** What a PyTorch file holds. Names are the keys on the way there, joined by dots: "model.layer.0.weight". */
export interface PtFile {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Everything else: numbers, texts, truth values, None. */
  readonly values: ReadonlyMap<string, PtValue>;
}
export type PtValue = null | boolean | number | bigint | string;

const STORAGES = new Map<string, SafeDType>([
  ["FloatStorage", "F32"], ["DoubleStorage", "F64"], ["HalfStorage", "F16"], ["BFloat16Storage", "BF16"],
  ["ByteStorage", "U8"], ["CharStorage", "I8"], ["ShortStorage", "I16"], ["IntStorage", "I32"], ["LongStorage", "I64"],
  ["BoolStorage", "BOOL"],
].map(([storage, dtype]) => [`torch.${storage}`, dtype as SafeDType]));

interface Storage extends PickleDescription {
  readonly kind: "storage";
  readonly key: string;
  readonly dtype: SafeDType;
  readonly count: number;
}
interface View extends PickleDescription {
  readonly kind: "tensor";
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}
const isDescription = (value: unknown): value is PickleDescription =>
  typeof value === "object" && value !== null && "kind" in value;
const isView = (value: unknown): value is View => isDescription(value) && value.kind === "tensor";

/** Values on the way from the root to a leaf, and values in all. */
const MAX_DEPTH = 64, MAX_VALUES = 1_000_000, MAX_AXES = 64;
/** First bytes of torch.save before version 1.6: a pickled number. */
const LEGACY = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46];

/**
 * Reads tensors of a PyTorch file (.pt, .pth: what torch.save writes since version 1.6), without calling anything that
 * the file names: its pickle may name storages, OrderedDict, torch.Size and the functions that put tensors together,
 * and is read as a description. Views, tensors that share a storage and nested dicts are followed. Throws a DataError
 * for anything else, and says what.
 */
export async function readPt(bytes: Uint8Array, name = "PyTorch file"): Promise<PtFile> {
  if (LEGACY.every((byte, i) => bytes[i] === byte)) {
    throw new DataError(`${name} is in the format of PyTorch before 1.6; load it in PyTorch and save it again ` +
      "with torch.save, or better as safetensors");
  }
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    throw new DataError(`${name} is not a PyTorch file: it does not begin as a zip archive does`);
  }
  const entries = new Map(openZip(bytes, name, { ratio: 1100 }).map((entry) => [entry.path, entry]));
  const pickles = [...entries.keys()].filter((path) => /^[^/]+\/data\.pkl$/.test(path));
  if (pickles.length !== 1) {
    throw new DataError(`${name} has ${pickles.length} entries data.pkl; a PyTorch file has one`);
  }
  const folder = pickles[0].slice(0, -"data.pkl".length);
  const order = await entries.get(`${folder}byteorder`)?.read();
  const isBig = order !== undefined && new TextDecoder().decode(order) === "big";

  const root = unpickle(await entries.get(pickles[0])!.read(), policyFor(name), name);
  const values = new Map<string, PtValue>(), views = new Map<string, View>();
  flatten(root, name, views, values);
  const storages = new Map<string, Uint8Array>();
  // Views may repeat elements; a small file is not to become a large memory.
  let room = 16 * bytes.length + 2 ** 26;
  const tensors = new Map<string, SafeTensor>();
  for (const [key, view] of views) {
    const { dtype } = view.storage, where = `${name}, "${key.slice(0, 80)}"`;
    const width = bytesOfTensor(dtype, [1]);
    checkView(view, where);
    room -= sizeOf(view.shape) * width;
    if (room < 0) throw new DataError(`${where}: the tensors of the file are far larger than the file; it is refused`);
    const id = view.storage.key;
    if (!storages.has(id)) storages.set(id, await readStorage(entries, folder, view.storage, width, isBig, where));
    const storage = storages.get(id)!;
    if (storage.length !== view.storage.count * width) throw new DataError(`${where}: its storage has two sizes`);
    const data = rowMajor(storage, width, view.offset, view.shape, view.strides);
    tensors.set(key, { dtype, shape: view.shape, bytes: data });
  }
  return { tensors, values };
}

async function readStorage(
  entries: ReadonlyMap<string, ZipEntry>, folder: string, { key, count }: Storage, width: number, isBig: boolean,
  where: string,
): Promise<Uint8Array> {
  const entry = entries.get(`${folder}data/${key}`);
  if (entry === undefined || entry.size !== count * width) {
    throw new DataError(`${where}: storage ${key} should have ${count * width} bytes and ` +
      (entry === undefined ? "is missing" : `has ${entry.size}`));
  }
  const data = await entry.read();
  return isBig ? swapBytes(data, width) : data;
}
function checkView({ storage, offset, shape, strides }: View, where: string): void {
  const empty = shape.includes(0);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (shape.length !== strides.length || strides.some((step) => step < 0) || offset < 0 ||
      !Number.isSafeInteger(sizeOf(shape)) || (!empty && last >= storage.count)) {
    throw new DataError(`${where}: shape ${formatShape(shape)} with strides ${formatShape(strides)} from ${offset} ` +
      `on leaves its storage of ${storage.count} elements`);
  }
}

/** What a pickle of tensors may name and call. */
function policyFor(name: string): PicklePolicy {
  const fail = (what: string): never => { throw new DataError(`${name}: ${what}; the file is refused`); };
  const whole = (value: PickleValue): number => {
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    return fail("a tensor is described by no whole number");
  };
  const sizes = (value: PickleValue): number[] => {
    if (!(value instanceof PickleTuple) || value.items.length > MAX_AXES) return fail("a tensor has no shape");
    return value.items.map(whole);
  };
  const tensor = ([storage, offset, shape, strides]: readonly PickleValue[]): View => {
    if (!isDescription(storage) || storage.kind !== "storage") return fail("a tensor has no storage");
    const view = { shape: sizes(shape), strides: sizes(strides) };
    if (view.shape.some((size) => size < 0)) return fail("a tensor has a negative axis");
    return { kind: "tensor", storage: storage as Storage, offset: whole(offset), ...view };
  };
  return {
    names: new Set(STORAGES.keys()),
    calls: new Map<string, (args: readonly PickleValue[]) => PickleValue>([
      ["torch._utils._rebuild_tensor_v2", tensor],
      ["torch._utils._rebuild_parameter", ([data]) => (isView(data) ? data : fail("a parameter is no tensor"))],
      ["torch.Size", ([items]) => new PickleTuple(sizes(items))],
      ["collections.OrderedDict", ([items]) => orderedDict(items, fail)],
    ]),
    persistent(id) {
      const [tag, type, key, , count] = id instanceof PickleTuple ? id.items : [];
      const dtype = type instanceof PickleGlobal ? STORAGES.get(type.name) : undefined;
      if (tag !== "storage" || dtype === undefined || typeof key !== "string" || !/^\d{1,9}$/.test(key)) {
        return fail("a storage is described in a way that is not read");
      }
      return { kind: "storage", key, dtype, count: whole(count) } as Storage;
    },
  };
}
/** OrderedDict() or OrderedDict([[key, value], ...]), as Python 2 wrote it. */
function orderedDict(items: PickleValue | undefined, fail: (what: string) => never): PickleDict {
  const dict = new PickleDict(true);
  if (items === undefined) return dict;
  if (!(items instanceof PickleList)) return fail("an OrderedDict is made of no list");
  for (const pair of items.items) {
    if (!(pair instanceof PickleList || pair instanceof PickleTuple) || pair.items.length !== 2) {
      return fail("an OrderedDict is made of no pairs");
    }
    dict.entries.push([pair.items[0], pair.items[1]]);
  }
  return dict;
}

/** Tensors and values by the keys that lead to them. Lists in themselves, or beyond reason, are refused. */
function flatten(root: PickleValue, name: string, views: Map<string, View>, values: Map<string, PtValue>): void {
  let count = 0;
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw new DataError(`${name}: values are nested deeper than ${MAX_DEPTH}; it is refused`);
    if (++count > MAX_VALUES) throw new DataError(`${name} holds more than ${MAX_VALUES} values; it is refused`);
    const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
    if (value instanceof PickleList || value instanceof PickleTuple) {
      value.items.forEach((item, i) => { visit(item, below(String(i)), depth + 1); });
    } else if (value instanceof PickleDict) {
      for (const [key, item] of value.entries) {
        if (typeof key !== "string" && typeof key !== "number") {
          const where = path === "" ? "the file" : `"${path.slice(0, 80)}"`;
          throw new DataError(`${name}: a dict in ${where} has a key that is no text and no number`);
        }
        visit(item, below(String(key)), depth + 1);
      }
    } else if (views.has(path) || values.has(path)) {
      throw new DataError(`${name}: two values are called "${path.slice(0, 80)}"`);
    } else if (isView(value)) {
      views.set(path, value);
    } else if (value === null || typeof value !== "object") {
      values.set(path, value);
    } else {
      throw new DTypeError(`${name}: "${path.slice(0, 80)}" is neither a tensor nor a plain value`);
    }
  };
  visit(root, "", 0);
}
