import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { dueSentence } from "../../cards/schedule.ts";
import { download } from "../../look/download.ts";
import { whole } from "../../look/number.ts";
import { LARGEST_FILE, readFile, writeFile } from "../../progress/file.ts";
import type { ProgressStore } from "../../progress/store.ts";
import { Entries } from "./entries.tsx";
import { Stairs } from "./stairs.tsx";

export function Room({ store }: { store: ProgressStore }) {
  const entries = store.entries.value, { lessons, cards } = store.progress.value;
  const facts: readonly (readonly [string, number])[] = [
    ["lessons begun", lessons.length], ["read to the end", lessons.filter(({ read }) => read !== null).length],
    ["labs passed", lessons.reduce((sum, { labsPassed }) => sum + labsPassed, 0)], ["cards", cards.length],
  ];
  return (
    <div class="room">
      <header class="head">
        <div>
          <h1>Progress</h1>
          <p>What you did here, and when. It is kept in this browser alone: export it to keep it safe, import it
            anywhere to go on.</p>
        </div>
        <dl class="facts ui">
          {facts.map(([name, value]) => (
            <div><dt>{name}</dt><dd>{entries === null ? "·" : whole(value)}</dd></div>
          ))}
        </dl>
      </header>
      <Files store={store} />
      <p class="due">
        {entries === null ? "Opening the log." : dueSentence(cards, Date.now())} <a href="../cards/">Cards</a>
      </p>
      <Stairs lessons={lessons} />
      <Entries entries={entries ?? []} />
    </div>
  );
}

/** Export and import: the log is the reader's own. */
function Files({ store }: { store: ProgressStore }) {
  const said = useSignal(""), chooser = useRef<HTMLInputElement>(null);
  const entries = store.entries.value;
  const save = (): void => {
    const date = new Date().toISOString().slice(0, 10);
    download(writeFile(entries ?? []), `gradus-progress-${date}.json`, "application/json");
    said.value = `Exported ${counted(entries?.length ?? 0)}.`;
  };
  const take = async (file: File): Promise<void> => {
    if (file.size > LARGEST_FILE) {
      said.value = "This file is larger than any log of progress. Nothing was changed.";
      return;
    }
    const content = readFile(await file.text());
    if (!content.ok) {
      said.value = content.why;
      return;
    }
    const made = await store.merge(content.entries);
    const known = content.entries.length - made;
    const strange = content.skipped === 0 ? "" : ` ${counted(content.skipped)} could not be read and were left out.`;
    said.value = `Added ${counted(made)}; ${whole(known)} were here already.${strange}`;
  };
  return (
    <section class="files" aria-label="Export and import">
      <div class="strip ui">
        <button type="button" onClick={save}>Export</button>
        <button type="button" onClick={() => chooser.current?.click()}>Import</button>
        <input ref={chooser} type="file" accept=".json,application/json" class="unseen" tabIndex={-1}
          aria-label="A file that Export made" onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) void take(file);
            event.currentTarget.value = "";
          }} />
        <p class="say" role="status">
          {said.value !== "" ? said.value
            : store.kept.value ? "An import adds what is missing and changes nothing else."
            : "This browser keeps nothing for this page, so the log ends with it. Export it before you leave."}
        </p>
      </div>
    </section>
  );
}
const counted = (count: number): string => `${whole(count)} ${count === 1 ? "entry" : "entries"}`;
