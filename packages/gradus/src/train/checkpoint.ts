import { DataError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readSafetensors, writeSafetensors, type SafeTensor } from "../interop/safetensors.ts";
import { tensorForFile, tensorFromFile } from "../interop/tensors.ts";

/** Numbers that are not tensors: where a run stands. */
export interface RunPosition {
  /** Steps made so far. */
  readonly step: number;
  /** Loss of the last steps, for the curve. */
  readonly losses: readonly number[];
  /** The best result so far and how many evaluations ago it was. */
  readonly best: number | null;
  readonly sinceBest: number;
  /** State of a schedule that follows a measure. */
  readonly plateau?: unknown;
  /** Values that callbacks keep, by their names. */
  readonly callbacks?: Readonly<Record<string, unknown>>;
}
/** All that a run needs to go on as if it had never stopped; the order of the data follows from the step. */
export interface Checkpoint {
  readonly position: RunPosition;
  /** By part ("model", "optimizer", "generator"), the State of that part. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, Tensor>>>>;
}

const VERSION = "1";

/**
 * A checkpoint as one safetensors file: tensors named `part/key`, the position and a SHA-256 of all tensors in the
 * metadata. One file is one rename: weights and position cannot come from different moments.
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const tensors = new Map<string, SafeTensor>();
  for (const [part, record] of Object.entries(checkpoint.parts)) {
    for (const [key, x] of Object.entries(record)) tensors.set(`${part}/${key}`, await tensorForFile(x));
  }
  return writeSafetensors(tensors, new Map([
    ["gradus_checkpoint", VERSION],
    ["position", JSON.stringify(checkpoint.position)],
    ["sha256", await checksum(tensors)],
  ]));
}

/** Reads what `encodeCheckpoint` wrote. Throws a DataError if a byte of it changed or is missing. */
export async function decodeCheckpoint(bytes: Uint8Array, name = "checkpoint"): Promise<Checkpoint> {
  const { tensors, metadata } = readSafetensors(bytes, name);
  const position = metadata.get("position");
  if (metadata.get("gradus_checkpoint") !== VERSION || position === undefined) {
    throw new DataError(`${name} holds weights but is no checkpoint of a run (version ${VERSION})`);
  }
  if (metadata.get("sha256") !== await checksum(tensors)) {
    throw new DataError(`${name} is damaged: its checksum does not fit its contents`);
  }
  const parts: Record<string, Record<string, Tensor>> = Object.create(null) as Record<string, Record<string, Tensor>>;
  for (const [path, entry] of tensors) {
    const slash = path.indexOf("/");
    (parts[path.slice(0, slash)] ??= {})[path.slice(slash + 1)] = tensorFromFile(path, entry);
  }
  return { position: readPosition(position, name), parts };
}

function readPosition(text: string, name: string): RunPosition {
  try {
    const { step, losses, best, sinceBest, ...rest } = JSON.parse(text) as Partial<RunPosition>;
    const numbers = [step, sinceBest, ...(losses ?? [NaN])];
    const fine = numbers.every((n) => typeof n === "number") && Number.isSafeInteger(step);
    if (fine && (best === null || typeof best === "number")) {
      return { ...rest, step, losses, best, sinceBest } as RunPosition;
    }
  } catch {
    // Malformed text is reported as any other wrong position.
  }
  throw new DataError(`${name} is damaged: it does not say where the run stood`);
}

/** SHA-256 over names and bytes of all tensors, in the order of their names, in hexadecimal. */
async function checksum(tensors: ReadonlyMap<string, SafeTensor>): Promise<string> {
  const encoder = new TextEncoder();
  const pieces = [...tensors].sort(([a], [b]) =>
    (a < b ? -1 : 1)).flatMap(([name, { bytes }]) => [encoder.encode(name), bytes]);
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
