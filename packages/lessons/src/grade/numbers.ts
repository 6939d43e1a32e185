/** Results of any kind as a shape and numbers, and how two of them differ. */
import { Wrong, type Difference } from "../lab.ts";

export interface Numbers {
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
}

/** What a tensor has that its numbers are read with. */
interface TensorLike {
  readonly shape: readonly number[];
  data(): Promise<ArrayLike<number>>;
}
const isTensor = (value: unknown): value is TensorLike =>
  typeof value === "object" && value !== null && "shape" in value && typeof (value as TensorLike).data === "function";

/** The numbers of a tensor, number, truth value, typed array or nested arrays. Throws a Wrong for anything else. */
export async function numbersOf(value: unknown, name = "the result"): Promise<Numbers> {
  const given: unknown = await value;
  if (isTensor(given)) return { shape: [...given.shape], numbers: Array.from(await given.data()) };
  if (typeof given === "number" || typeof given === "boolean") return { shape: [], numbers: [Number(given)] };
  if (ArrayBuffer.isView(given) && !(given instanceof DataView)) {
    return { shape: [(given as Float64Array).length], numbers: Array.from(given as Float64Array) };
  }
  if (!Array.isArray(given)) throw new Wrong(`${capital(name)} should be numbers; it is ${kindOf(given)}.`);
  const parts = await Promise.all(given.map((part) => numbersOf(part, `a part of ${name}`)));
  const inner = parts[0]?.shape ?? [];
  if (parts.some(({ shape }) => !sameShape(shape, inner))) {
    throw new Wrong(`The rows of ${name} differ in length: ${parts.map(({ shape }) => write(shape)).join(", ")}.`);
  }
  return { shape: [parts.length, ...inner], numbers: parts.flatMap(({ numbers }) => numbers) };
}
/** The beginning of a sentence; a name from code stays as it is written. */
export const capital = (text: string): string =>
  /^\w+$/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);

/** What a value is, for a sentence. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "undefined (is a return missing?)";
  if (value === null) return "null";
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return `the text "${value.slice(0, 40)}"`;
  return `a ${typeof value}`;
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** Numbers and nested values as a learner reads them: true minus, at most six digits, long lists cut. */
export function write(value: unknown): string {
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) {
    const shown =
      value.length > 12 ? [...value.slice(0, 10).map(write), `… ${value.length} in all`] : value.map(write);
    return `[${shown.join(", ")}]`;
  }
  if (ArrayBuffer.isView(value)) return write(Array.from(value as Float64Array));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.entries(value)
      .map(([key, part]) => `${key} = ${write(part)}`)
      .join(", ");
  }
  return isTensor(value) ? `a tensor of shape ${write([...value.shape])}` : (JSON.stringify(value) ?? String(value));
}
function number(value: number): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return String(Number(value.toPrecision(6))).replaceAll("-", "−");
}

/** A tolerance as it is printed: 1e−5. */
export const writeTolerance = (tolerance: number): string =>
  tolerance.toExponential().replace("e+0", "").replace("-", "−");

/** Whether two numbers agree: within an absolute and a relative tolerance; NaN and infinities only with themselves. */
export function agree(yours: number, expected: number, tolerance: number): boolean {
  if (Object.is(yours, expected) || yours === expected) return true;
  return Math.abs(yours - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** Fails with a drawn difference unless both agree everywhere. `input` is what both were given. */
export function compare(yours: Numbers, expected: Numbers, input: string, tolerance: number, name: string): void {
  if (!sameShape(yours.shape, expected.shape)) {
    throw new Wrong(
      `${capital(name)} has shape ${write(yours.shape)}; it should be ${write(expected.shape)}` +
        `${input === "" ? "" : ` for ${input}`}.`,
    );
  }
  const places = expected.numbers.flatMap((value, i) => (agree(yours.numbers[i], value, tolerance) ? [] : [i]));
  if (places.length === 0) return;
  const count = expected.numbers.length;
  const where =
    count === 1
      ? `${capital(name)} is ${write(yours.numbers[0])}; it should be ${write(expected.numbers[0])}`
      : `${capital(name)} differs in ${places.length} of ${count} places`;
  const difference: Difference = {
    input,
    yours: yours.numbers,
    expected: expected.numbers,
    shape: expected.shape,
    tolerance,
  };
  throw new Wrong(
    `${where}${input === "" ? "" : ` for ${input}`} (tolerance ${writeTolerance(tolerance)}).`,
    difference,
  );
}
