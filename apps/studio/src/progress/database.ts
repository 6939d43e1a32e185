import { openDB, type DBSchema } from "idb";
import { readEntry, type Entry } from "./event.ts";
import { inOrder, type Log } from "./log.ts";

interface Schema extends DBSchema {
  log: { key: string; value: Entry };
}

/** The log in this browser's IndexedDB. Asks once that it be kept when space runs low. */
export async function databaseLog(name = "gradus-progress"): Promise<Log> {
  const database = await openDB<Schema>(name, 1, {
    upgrade: (made) => { made.createObjectStore("log", { keyPath: "id" }); },
    // A newer page of the studio wants to change the store: let it, and open again at the next visit.
    blocking: (_from, _to, event) => { (event.target as IDBDatabase).close(); },
  });
  return {
    async all() {
      const values = await database.getAll("log");
      return inOrder(values.map(readEntry).filter((entry) => entry !== null));
    },
    async add(entries) {
      const change = database.transaction("log", "readwrite");
      let made = 0;
      for (const entry of entries) {
        if (await change.store.getKey(entry.id) !== undefined) continue;
        await change.store.add(entry);
        made++;
      }
      await change.done;
      if (made > 0) void navigator.storage?.persist?.();
      return made;
    },
  };
}
