/** A text that becomes an editor when it is first touched: the source of a cell, or of a lab. */
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Editor } from "./editor.ts";

interface CodeProps {
  /** What the page shows until then. */
  readonly shown: HTMLElement | null;
  readonly label: string;
  readonly text: string;
  /** Grows whenever the text was put there by something else than typing: restored, or a solution taken over. */
  readonly version: number;
  /** The line to bar, or null. */
  readonly line: number | null;
  readonly change: (text: string) => void;
  readonly run: () => void;
}

export function Code({ shown, label, text, version, line, change, run }: CodeProps) {
  const holder = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const opening = useRef(false);
  const open = useSignal(false);
  const latest = useRef({ text, change, run, line });
  latest.current = { text, change, run, line };

  const wake = async (point: readonly [x: number, y: number] | null): Promise<void> => {
    if (opening.current || holder.current === null) return;
    opening.current = true;
    const { createEditor } = await import("./editor.ts");
    const made = createEditor({
      parent: holder.current, text: latest.current.text, label,
      changed: (next) => latest.current.change(next), run: () => latest.current.run(),
    });
    editor.current = made;
    open.value = true;
    made.mark(latest.current.line);
    // Shown with the next frame; what is hidden takes no focus.
    requestAnimationFrame(() => { if (point === null) made.focus(); else made.focusAt(...point); });
  };
  // Only then: what is typed comes from the editor, and answering it would race with the next key.
  useEffect(() => { editor.current?.replace(latest.current.text); }, [version]);
  useEffect(() => { editor.current?.mark(line); }, [line, open.value]);

  return (
    <div class="code">
      {!open.value && <Still shown={shown} label={label} text={text} line={line} wake={(point) => void wake(point)} />}
      <div class="editor" ref={holder} hidden={!open.value} />
    </div>
  );
}

interface StillProps {
  readonly shown: HTMLElement | null;
  readonly label: string;
  readonly text: string;
  readonly line: number | null;
  readonly wake: (point: readonly [x: number, y: number] | null) => void;
}
/** The highlighted text of the page as long as it is the text, else plain lines. */
function Still({ shown, label, text, line, wake }: StillProps) {
  const place = useRef<HTMLDivElement>(null);
  const same = shown !== null && line === null && (shown.textContent ?? "").trimEnd() === text.trimEnd();
  const pressed = useRef<readonly [number, number] | null>(null);
  useLayoutEffect(() => {
    if (same && place.current !== null) place.current.replaceChildren(shown.cloneNode(true));
  }, [same]);
  return (
    <div class="still" tabIndex={0} role="textbox" aria-multiline="true" aria-label={label}
      onPointerDown={(event) => { pressed.current = [event.clientX, event.clientY]; }}
      // Captured: text that is wider than its place takes the focus itself.
      onFocusCapture={() => { wake(pressed.current); }}>
      {same ? <div ref={place} key="page" /> : (
        <pre class="source" key="lines"><code>
          {text.split("\n").map((part, i) => <i class={i + 1 === line ? "barred" : ""}>{part}{"\n"}</i>)}
        </code></pre>
      )}
    </div>
  );
}
