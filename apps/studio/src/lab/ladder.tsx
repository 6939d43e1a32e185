/**
 * Hints one at a time, each tread lower than the last; then the lines to be ordered; then the solution. Opening spends
 * nothing.
 */
import { useSignal } from "@preact/signals";
import { isInOrder, moved, puzzleOf, rightFromTop } from "./puzzle.ts";
import type { LabStore } from "./store.ts";

export function Ladder({ store }: { store: LabStore }) {
  const { hints } = store.lab,
    opened = store.hints.value;
  const rungs = [...hints.map((_, i) => `Hint ${i + 1} of ${hints.length}`), "Reorder the lines", "Solution"];
  return (
    <ol class="ladder" aria-label="Help, step by step">
      {rungs.map((name, i) => (
        <li class={i < opened ? "open" : ""} style={{ "--i": i }}>
          {i < opened ? (
            <Rung store={store} index={i} name={name} />
          ) : i === opened ? (
            <button type="button" onClick={store.openHint}>
              {name}
            </button>
          ) : (
            <button
              type="button"
              onClick={() => {
                while (store.hints.value <= i) store.openHint();
              }}
            >
              {name}
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

function Rung({ store, index, name }: { store: LabStore; index: number; name: string }) {
  const { hints, reference } = store.lab;
  if (index < hints.length) {
    return (
      <div class="hint">
        <b class="ui">{name}</b>
        <div dangerouslySetInnerHTML={{ __html: hints[index] }} />
      </div>
    );
  }
  if (index === hints.length) return <Reorder store={store} />;
  return (
    <details class="solution" open>
      <summary class="ui">{name}</summary>
      <pre tabIndex={0} aria-label="Solution">
        {reference}
      </pre>
      <button type="button" class="link" onClick={store.takeSolution}>
        Put it into the editor
      </button>
    </details>
  );
}

function Reorder({ store }: { store: LabStore }) {
  const { lines, shuffled } = puzzleOf(store.lab.reference);
  const order = useSignal<readonly number[]>(shuffled);
  const said = useSignal(
    "Move the lines until they read as a function. Arrow keys move the line that has the focus.",
  );
  const move = (from: number, to: number, list: HTMLElement | null): void => {
    if (to < 0 || to >= lines.length) return;
    order.value = moved(order.value, from, to);
    const right = rightFromTop(lines, order.value);
    said.value = isInOrder(lines, order.value)
      ? "In order. Now write it yourself, or read on."
      : right === 0
        ? "The first line is not right yet."
        : `The first ${right === 1 ? "line is" : `${right} lines are`} right.`;
    requestAnimationFrame(() => list?.querySelectorAll<HTMLElement>("li > button")[to]?.focus());
  };
  return (
    <details class="reorder" open>
      <summary class="ui">Reorder the lines</summary>
      <ol>
        {order.value.map((place, i) => (
          <li key={place}>
            <button
              type="button"
              aria-label={`Line ${i + 1} of ${lines.length}: ${lines[place].trim()}`}
              onKeyDown={(event) => {
                const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
                if (by === undefined) return;
                event.preventDefault();
                move(i, i + by, event.currentTarget.closest("ol"));
              }}
            >
              <code>{lines[place]}</code>
            </button>
            <span class="moves">
              <button
                type="button"
                aria-label={`Move line ${i + 1} up`}
                onClick={(event) => move(i, i - 1, event.currentTarget.closest("ol"))}
              >
                ↑
              </button>
              <button
                type="button"
                aria-label={`Move line ${i + 1} down`}
                onClick={(event) => move(i, i + 1, event.currentTarget.closest("ol"))}
              >
                ↓
              </button>
            </span>
          </li>
        ))}
      </ol>
      <p class="ui" aria-live="polite">
        {said.value}
      </p>
    </details>
  );
}
