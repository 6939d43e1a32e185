import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataError, UsageError } from "../vocab/errors.ts";
import { readText } from "../data/files.node.ts";
import { writeAtomically } from "./atomic.node.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoints.node.ts";
import { parseDescription, type RunDescription } from "./description.ts";

const DESCRIPTION = "run.json", CHECKPOINT = "checkpoint.safetensors", LOG = "log.csv";
const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;

/** The folder of a run: `run.json`, `checkpoint.safetensors`, `log.csv`. */
export class RunFolder {
  readonly path: string;
  readonly description: RunDescription;

  private constructor(path: string, description: RunDescription) {
    this.path = path;
    this.description = description;
  }
  /** Starts a run in a folder that holds none. */
  static async create(path: string, description: RunDescription): Promise<RunFolder> {
    if (await exists(join(path, DESCRIPTION))) {
      throw new UsageError(`${path} holds a run already; go on with it by --resume, or choose another folder with ` +
        `--out`);
    }
    try {
      await mkdir(path, { recursive: true });
    } catch (cause) {
      throw new DataError(`cannot make the folder ${path}: ${(cause as Error).message}`, { cause });
    }
    const text = `${JSON.stringify(description, null, 2)}\n`;
    await writeAtomically(join(path, DESCRIPTION), new TextEncoder().encode(text));
    return new RunFolder(path, description);
  }
  /** Opens a run that was started before. */
  static async open(path: string): Promise<RunFolder> {
    const file = join(path, DESCRIPTION);
    if (!await exists(file)) throw new DataError(`${path} holds no run: there is no ${DESCRIPTION} in it`);
    return new RunFolder(path, parseDescription(await readText(file), file));
  }
  get logPath(): string {
    return join(this.path, LOG);
  }
  get checkpointPath(): string {
    return join(this.path, CHECKPOINT);
  }
  save(checkpoint: Checkpoint): Promise<void> {
    return writeCheckpoint(this.checkpointPath, checkpoint);
  }
  /** The last checkpoint, or null before the first. */
  load(): Promise<Checkpoint | null> {
    return readCheckpoint(this.checkpointPath);
  }
}

/** `base`, or `base-2`, `base-3`, ...: the first folder that holds no run. */
export async function freeFolder(base: string): Promise<string> {
  for (let i = 1; ; i++) {
    const path = i === 1 ? base : `${base}-${i}`;
    if (!await exists(path)) return path;
  }
}
/** The newest of `base`, `base-2`, ...; null if there is none. */
export async function newestFolder(base: string): Promise<string | null> {
  const parent = dirname(base), name = base.slice(parent === "." ? 0 : parent.length + 1);
  const numbers = (await readdir(parent).catch(() => []))
    .filter((entry) => entry === name || (entry.startsWith(`${name}-`) && /^\d+$/.test(entry.slice(name.length + 1))))
    .map((entry) => (entry === name ? 1 : Number(entry.slice(name.length + 1))));
  if (numbers.length === 0) return null;
  const last = Math.max(...numbers);
  return last === 1 ? base : `${base}-${last}`;
}
