/** A cell of a lesson: source left, output right, and what can be done with it below. */
import { signal, useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Item } from "../engine/sandbox-items.ts";
import { fixed, whole } from "../look/number.ts";
import { Code } from "./code.tsx";
import type { CellEvent, Notebook } from "./notebook.ts";
import { Output } from "./output.tsx";

export interface CellProps {
  readonly notebook: Notebook;
  /** "lesson/cell". */
  readonly id: string;
  readonly number: number;
  readonly about: string;
  readonly text: string;
  readonly shown: HTMLElement | null;
  /** What the build's run printed; stands until the first run here. */
  readonly before: string;
  readonly seconds: number;
  /** Told of every run. */
  readonly ran: () => void;
}

interface Result {
  readonly items: Signal<readonly Item[]>;
  readonly state: Signal<"never" | "running" | "done" | "failed">;
  readonly failure: Signal<{ readonly message: string; readonly line: number | null } | null>;
  readonly note: Signal<string>;
}
const BACKENDS: Readonly<Record<string, string>> = { wasm: "WebAssembly", webgpu: "WebGPU", reference: "reference" };

/** "3 values, 0.4 ms, WebAssembly". */
export function noteOf(items: number, milliseconds: number, backend: string): string {
  const time = milliseconds < 100 ? `${fixed(milliseconds, 1)} ms` : `${fixed(milliseconds / 1000, 2)} s`;
  return (
    `${items === 0 ? "nothing printed" : items === 1 ? "1 result" : `${whole(items)} results`}, ${time}, ` +
    `${BACKENDS[backend] ?? backend}`
  );
}

function listen(result: Result, event: CellEvent): void {
  const { items, state, failure, note } = result;
  switch (event.type) {
    case "begin":
      items.value = [];
      failure.value = null;
      state.value = "running";
      note.value = "Running.";
      return;
    case "item":
      items.value = [...items.value, event.item];
      return;
    case "done":
      state.value = "done";
      note.value = noteOf(items.value.length, event.milliseconds, event.backend);
      return;
    case "failed":
      state.value = "failed";
      failure.value = event;
      note.value = event.line === null ? "It ended early." : `It ended early, at line ${event.line}.`;
  }
}

export function Cell({ notebook, id, number, about, text, shown, before, seconds, ran }: CellProps) {
  const source = useSignal(text),
    version = useSignal(0);
  const result = useMemo<Result>(
    () => ({ items: signal([]), state: signal("never"), failure: signal(null), note: signal("") }),
    [],
  );
  useEffect(() => {
    notebook.add({
      id,
      title: `Cell ${number}`,
      seconds,
      source: () => source.value,
      tell: (event) => listen(result, event),
    });
  }, []);
  const run = (last: "value" | "graph" | "kernels"): void => {
    // At once: what it rests on may run first.
    listen(result, { type: "begin" });
    void notebook.run(id, last);
    ran();
  };
  const state = result.state.value,
    failure = result.failure.value,
    running = state === "running";
  const change = (next: string): void => {
    source.value = next;
    // A bar on a line that was edited since would accuse the wrong one.
    if (failure !== null && failure.line !== null) result.failure.value = { ...failure, line: null };
  };
  const restore = (): void => {
    source.value = text;
    version.value++;
  };
  const block = id.replaceAll("/", "-");
  return (
    <section class="cell" aria-label={`Cell ${number}`}>
      <header class="ui">
        <b>Cell {number}</b>
        <span>{about}</span>
        <span class="restored">
          {source.value !== text && (
            <>
              edited,{" "}
              <button type="button" class="link" onClick={restore}>
                restore
              </button>
            </>
          )}
        </span>
      </header>
      <div class="sides">
        <Code
          shown={shown}
          label={`Code of cell ${number}`}
          text={source.value}
          version={version.value}
          line={failure?.line ?? null}
          change={change}
          run={() => run("value")}
        />
        <div class={`output ${state}`} role="region" aria-label={`Output of cell ${number}`}>
          {state === "never" && before !== "" && <pre class="said">{before}</pre>}
          <Output id={block} items={result.items.value} />
          {failure !== null && (
            <p class="failure">
              <span aria-hidden="true">✕</span>
              {failure.line !== null && <b>Line {failure.line}. </b>}
              {failure.message}
            </p>
          )}
        </div>
      </div>
      <div class="strip ui">
        <button type="button" class="run" onClick={() => (running ? notebook.stop() : run("value"))}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d={running ? "M1 1h10v10H1z" : "M1 0l11 6-11 6z"} />
          </svg>
          <span>{running ? "Stop" : "Run"}</span>
          {!running && (
            <span class="key" aria-hidden="true">
              ctrl ↵
            </span>
          )}
        </button>
        <button type="button" onClick={() => run("graph")}>
          Graph
        </button>
        <button type="button" onClick={() => run("kernels")}>
          Kernels
        </button>
        <p class="say" aria-live="polite">
          {result.note.value}
        </p>
      </div>
    </section>
  );
}
