import { DataError } from "../../vocab/errors.ts";
import { parseStrictJson, type JsonValue } from "../../interop/json.ts";

/** JSON of a file that is not trusted, with errors that say where something is missing: "coco.json: images[3].id". */
export class JsonField {
  readonly value: JsonValue | undefined;
  readonly path: string;
  readonly file: string;

  constructor(value: JsonValue | undefined, path: string, file: string) {
    this.value = value;
    this.path = path;
    this.file = file;
  }
  static parse(text: string, file: string): JsonField {
    return new JsonField(parseStrictJson(text, file), "", file);
  }

  get isMissing(): boolean {
    return this.value === undefined || this.value === null;
  }
  /** A member of an object. */
  get(key: string): JsonField {
    return new JsonField(this.object.get(key), this.path === "" ? key : `${this.path}.${key}`, this.file);
  }
  get object(): ReadonlyMap<string, JsonValue> {
    return this.value instanceof Map ? this.value as ReadonlyMap<string, JsonValue> : this.fail("an object");
  }
  get list(): JsonField[] {
    if (!Array.isArray(this.value)) return this.fail("a list");
    return (this.value as readonly JsonValue[])
      .map((item, i) => new JsonField(item, `${this.path}[${i}]`, this.file));
  }
  get text(): string {
    return typeof this.value === "string" ? this.value : this.fail("a text");
  }
  get number(): number {
    if (typeof this.value === "bigint") return Number(this.value);
    return typeof this.value === "number" ? this.value : this.fail("a number");
  }
  /** A whole number that a double holds exactly. */
  get integer(): number {
    const value = this.number;
    return Number.isSafeInteger(value) ? value : this.fail("a whole number");
  }
  get boolean(): boolean {
    return typeof this.value === "boolean" ? this.value : this.fail("true or false");
  }
  /** Throws a DataError: this is not what it should be. */
  fail(wanted: string): never {
    const is = this.value === undefined ? "is missing" : `is ${describe(this.value)}`;
    throw new DataError(`${this.file}: ${this.path === "" ? "the file" : this.path} ${is}; it must be ${wanted}`);
  }
}
function describe(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "an object";
  return String(value).slice(0, 40);
}
