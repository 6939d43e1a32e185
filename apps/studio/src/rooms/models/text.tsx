import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Store } from "./store.ts";

const LARGEST = 2_000_000;

/** A text as UTF-8, or null where the file holds something else. */
export function asText(bytes: ArrayBuffer): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** The reader's own text: a file or what is pasted. It stays on this machine. */
export function TextChooser({ store }: { store: Store }) {
  const chooser = useRef<HTMLInputElement>(null), box = useRef<HTMLTextAreaElement>(null);
  const pasting = useSignal(false), said = useSignal("");
  const take = async (file: File): Promise<void> => {
    const text = file.size > LARGEST ? null : asText(await file.arrayBuffer());
    if (text === null) {
      said.value = file.size > LARGEST ? "This file is larger than 2 MB; a part of it is enough."
        : "This file is not UTF-8 text. Try a .txt file; it stays on this machine.";
      return;
    }
    said.value = "";
    store.read({ name: file.name.slice(0, 60), text });
  };
  return (
    <>
      <button type="button" onClick={() => chooser.current?.click()}>Open a text file</button>
      <input ref={chooser} type="file" accept=".txt,.md,text/plain" class="unseen" tabIndex={-1}
        aria-label="A text file" onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file !== undefined) void take(file);
          event.currentTarget.value = "";
        }} />
      <button type="button" aria-expanded={pasting.value} onClick={() => { pasting.value = !pasting.value; }}>
        Paste a text
      </button>
      {store.text.value !== null && (
        <button type="button" onClick={() => store.read(null)}>Back to the passage</button>
      )}
      <span role="status">{said.value}</span>
      {pasting.value && (
        <div class="paste">
          <label for="pasted">Text to learn from</label>
          <textarea id="pasted" ref={box} rows={5} maxLength={LARGEST} />
          <button type="button" class="button" onClick={() => {
            const text = box.current?.value ?? "";
            pasting.value = false;
            store.read({ name: "Pasted text", text });
          }}>Learn from it</button>
        </div>
      )}
    </>
  );
}
