import { computed, signal } from "@preact/signals";
import { databaseLog } from "./database.ts";
import { derive } from "./derive.ts";
import { newId, type Entry, type Happening } from "./event.ts";
import { inOrder, memoryLog, type Log } from "./log.ts";

/** The reader's log as pages see it: signals that follow what is added here and in other tabs. */
export function createProgress(opening: Promise<Log>) {
  const entries = signal<readonly Entry[] | null>(null);
  /** Whether entries outlive the page. */
  const kept = signal(true);
  const log = opening.catch(() => {
    // Private windows and locked-down browsers have no database: the page works, and says so.
    kept.value = false;
    return memoryLog();
  });
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("gradus-progress");
  const load = async (): Promise<void> => { entries.value = await (await log).all(); };
  if (channel !== null) channel.onmessage = () => void load();
  const ready = load();

  async function add(added: readonly Entry[]): Promise<number> {
    const made = await (await log).add(added);
    await ready;
    const known = new Set(entries.peek()!.map(({ id }) => id));
    entries.value = inOrder([...entries.peek()!, ...added.filter(({ id }) => !known.has(id))]);
    if (made > 0) channel?.postMessage("added");
    return made;
  }
  return {
    /** The log, oldest first; null until it is open. */
    entries, kept, ready,
    progress: computed(() => derive(entries.value ?? [])),
    /** Adds one entry, now. */
    record: (happening: Happening, now = Date.now()) => add([{ ...happening, id: newId(), at: now }]),
    /** Adds entries of another copy of the log; gives how many were new. */
    merge: add,
  };
}
export type ProgressStore = ReturnType<typeof createProgress>;

let shared: ProgressStore | null = null;
/** The one log of this browser: every island of a page shares it. */
export const progressStore = (): ProgressStore => shared ??= createProgress(databaseLog());
