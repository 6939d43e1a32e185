/** Values of code as text and as keys: what a cell shows and what a quiz item expects. */

interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  array(): Promise<unknown>;
}
const isTensor = (value: unknown): value is TensorLike =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value &&
  "array" in value && typeof value.array === "function";

/** Five significant digits, or as many as are asked for; whole numbers whole. */
export function formatNumber(value: number, digits = 5): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value).replace("-", "−");
  return String(Number(value.toPrecision(digits))).replaceAll("-", "−");
}

/** What a 32-bit number has. */
const PRINTED_DIGITS = 7;
/** What `console.log` of a cell prints, as in the pages: texts as they are, numbers with seven digits. */
export const formatPrinted = (values: readonly unknown[]): string =>
  values.map((value) => formatNested(value, "", PRINTED_DIGITS)).join(" ");

/** A value as a cell shows it: tensors with dtype and shape above their numbers. */
export async function formatValue(value: unknown): Promise<string> {
  if (value === undefined) return "";
  if (isTensor(value)) {
    const numbers = formatNested(await value.array());
    return value.shape.length === 0 ? numbers : `${value.dtype} [${value.shape.join(", ")}]\n${numbers}`;
  }
  return formatNested(value);
}

const LINE = 60;
function formatNested(value: unknown, indent = "", digits?: number): string {
  if (typeof value === "number") return formatNumber(value, digits);
  if (typeof value === "string") return indent === "" ? value : JSON.stringify(value);
  if (ArrayBuffer.isView(value)) return formatNested([...value as unknown as Iterable<unknown>], indent, digits);
  if (Array.isArray(value)) {
    const parts = value.map((part) => formatNested(part, `${indent} `, digits));
    // Rows below each other, and so are texts that are too long for one line.
    const deep = value.some((part) => Array.isArray(part)) ||
      (value.every((part) => typeof part === "string") && parts.join(", ").length > LINE);
    return `[${parts.join(deep ? `,\n${indent} ` : ", ")}]`;
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return `{ ${Object.entries(value).map(([key, part]) => `${key}: ${formatNested(part, " ", digits)}`).join(", ")} }`;
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
