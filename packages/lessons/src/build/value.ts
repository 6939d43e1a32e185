/** Values of code as text and as keys: what a cell shows and what a quiz item expects. */

interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  array(): Promise<unknown>;
}
const isTensor = (value: unknown): value is TensorLike =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value &&
  "array" in value && typeof value.array === "function";

/** Five significant digits, whole numbers whole. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value).replace("-", "−");
  return String(Number(value.toPrecision(5))).replace("-", "−");
}

/** A value as a cell shows it: tensors with dtype and shape above their numbers. */
export async function formatValue(value: unknown): Promise<string> {
  if (value === undefined) return "";
  if (isTensor(value)) {
    const numbers = formatNested(await value.array());
    return value.shape.length === 0 ? numbers : `${value.dtype} [${value.shape.join(", ")}]\n${numbers}`;
  }
  return formatNested(value);
}

function formatNested(value: unknown, indent = ""): string {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "string") return indent === "" ? value : JSON.stringify(value);
  if (ArrayBuffer.isView(value)) return formatNested([...value as unknown as Iterable<unknown>], indent);
  if (Array.isArray(value)) {
    const parts = value.map((part) => formatNested(part, `${indent} `));
    const deep = value.some((part) => Array.isArray(part));
    return `[${parts.join(deep ? `,\n${indent} ` : ", ")}]`;
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return `{ ${Object.entries(value).map(([key, part]) => `${key}: ${formatNested(part, " ")}`).join(", ")} }`;
  }
  return String(value);
}

/** The number that code came to: a number or a tensor with one. */
export async function numberOf(value: unknown): Promise<number | undefined> {
  const plain = isTensor(value) ? [await value.array()].flat(Infinity) : [value];
  return plain.length === 1 && typeof plain[0] === "number" ? plain[0] : undefined;
}

/** The shape that code came to: a tensor's, or the numbers themselves. */
export function shapeOf(value: unknown): readonly number[] | undefined {
  if (isTensor(value)) return [...value.shape];
  if (Array.isArray(value) && value.every((size) => Number.isInteger(size))) return value as number[];
  return undefined;
}
