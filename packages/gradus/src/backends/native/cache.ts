import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync, chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BackendError } from "../../vocab/errors.ts";

/** Where compiled code lies: GRADUS_CACHE, else the user's cache folder. */
export function cacheRoot(): string {
  const own = process.env.GRADUS_CACHE;
  if (own !== undefined && own !== "") return join(own, "native");
  const shared = process.env.XDG_CACHE_HOME;
  return join(shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache"), "gradus", "native");
}

const INDEX = "index";
const LINE = /^(\w{1,64}) ([0-9a-f]{64})$/;
const CODE = /^[0-9a-f]{64}\.so$/;

/**
 * A private folder of shared objects. A file is named by the SHA-256 of its content, which is checked before it is
 * loaded; the index, to which lines are only ever appended, says which file holds which symbol, so that it does not
 * matter how kernels were grouped when they were compiled.
 */
export class CodeCache {
  /** Folder of one environment: compiler, flags, processor. */
  readonly folder: string;
  readonly #index = new Map<string, string>();
  /** Files whose content was checked, by hash. */
  readonly #verified = new Set<string>();

  constructor(root: string, environment: string) {
    this.folder = join(root, createHash("sha256").update(environment).digest("hex").slice(0, 16));
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.#checkPrivate(root);
      this.#checkPrivate(this.folder);
      // Proves that the folder can be written, before anything is compiled.
      appendFileSync(join(this.folder, INDEX), "", { mode: 0o600 });
      for (const line of readFileSync(join(this.folder, INDEX), "utf8").split("\n")) {
        const found = LINE.exec(line);
        if (found !== null) this.#index.set(found[1], found[2]);
      }
      this.#sweep();
    } catch (error) {
      if (error instanceof BackendError) throw error;
      throw new BackendError(
        `native: the cache folder ${root} cannot be used (${message(error)}); ` +
        `set GRADUS_CACHE to a folder of your own`);
    }
  }

  /** The file that holds a symbol, when it is there and unharmed. */
  find(symbol: string): string | null {
    const hash = this.#index.get(symbol);
    if (hash === undefined) return null;
    const path = this.#path(hash);
    if (this.#verified.has(hash)) return path;
    try {
      const file = lstatSync(path);
      if (!file.isFile() || file.uid !== userId() || (file.mode & 0o022) !== 0) return null;
      if (contentHash(path) !== hash) return null;
    } catch {
      return null;
    }
    this.#verified.add(hash);
    return path;
  }
  /** A name to compile into, in the same folder, so that it can be renamed. */
  temporary(): string {
    return join(this.folder, `tmp-${process.pid}-${randomBytes(6).toString("hex")}.so`);
  }
  /** Takes in a finished file. Renaming never changes a file that some process has mapped. */
  store(temporary: string, symbols: readonly string[]): string {
    try {
      chmodSync(temporary, 0o700);
      const hash = contentHash(temporary);
      const path = this.#path(hash);
      renameSync(temporary, path);
      appendFileSync(join(this.folder, INDEX), symbols.map((symbol) => `${symbol} ${hash}\n`).join(""));
      for (const symbol of symbols) this.#index.set(symbol, hash);
      this.#verified.add(hash);
      return path;
    } catch (error) {
      rmSync(temporary, { force: true });
      throw new BackendError(`native: the cache folder ${this.folder} cannot be written (${message(error)})`);
    }
  }

  /** Removes what compilers that were stopped left behind an hour ago or earlier. */
  #sweep(): void {
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      // Another process may finish and remove its file at any moment.
      const stat = statSync(path, { throwIfNoEntry: false });
      if (name === INDEX || CODE.test(name) || stat === undefined || stat.mtimeMs > Date.now() - 3_600_000) continue;
      rmSync(path, { force: true });
    }
  }
  #path(hash: string): string {
    return join(this.folder, `${hash}.so`);
  }
  /** Code is only loaded from folders that nobody else can write. */
  #checkPrivate(folder: string): void {
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== userId() || (stat.mode & 0o077) !== 0) {
      throw new BackendError(
        `native: the cache folder ${folder} must be a folder of yours with mode 700, so that nobody can plant code ` +
        `in it; run "chmod 700" on it or set GRADUS_CACHE to another folder`);
    }
  }
}

const userId = (): number => process.getuid?.() ?? 0;
const contentHash = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const message = (error: unknown): string => error instanceof Error ? error.message : String(error);
