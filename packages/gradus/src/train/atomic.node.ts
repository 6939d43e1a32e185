import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataError } from "../vocab/errors.ts";

/** What the writer does with files; tests put faults in its place. */
export interface FileSystem {
  /** Makes a new file with these bytes and waits until the disk has them. */
  writeSynced(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Waits until the disk has the names of a folder. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export const DISK: FileSystem = {
  async writeSynced(path, bytes) {
    const handle = await open(path, "w", 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename,
  async syncFolder(path) {
    // Windows opens no folders, and needs no such call.
    if (process.platform === "win32") return;
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  remove: (path) => rm(path, { force: true }),
};

/**
 * Writes a file so that its name means the old contents or the new, never a part: temporary file beside it, sync,
 * rename,
 * sync of the folder. When this returns, the contents survive a power loss.
 */
export async function writeAtomically(path: string, bytes: Uint8Array, disk: FileSystem = DISK): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await disk.writeSynced(temporary, bytes);
    await disk.rename(temporary, path);
    await disk.syncFolder(dirname(path));
  } catch (cause) {
    await disk.remove(temporary).catch(() => {});
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOSPC" ? "the disk is full" : code === "EACCES" ? "the folder may not be written"
      : code === "ENOENT" ? "the folder does not exist" : String((cause as Error).message);
    throw new DataError(`cannot save ${path}: ${why}; what was saved before is untouched`, { cause });
  }
}
/** Removes what a killed process left half written in a folder. Only for a folder that nobody else writes to now. */
export async function removeUnfinished(folder: string, disk: FileSystem = DISK): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/\.\d+\.tmp$/.test(name)) await disk.remove(join(folder, name));
  }
}
